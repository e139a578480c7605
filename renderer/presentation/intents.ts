/** What people call the intents, and where each opens. */
import type { IntentName, WorkspaceState } from '../../preload/contract.js';

const WORDS: Readonly<Record<IntentName, string>> = {
  ViewRecord: 'View record',
  ViewImages: 'View images',
  ViewResults: 'View results',
  ViewSharedRecord: 'View shared care record',
  PlaceOrder: 'Place an order',
  ViewLetters: 'View letters',
};

export function wordsOfIntent(intent: IntentName): string {
  return WORDS[intent];
}

/** "in Images or Radiology", "always in Images" */
export function whereIntentOpens({ systems, always }: NonNullable<WorkspaceState['intents']>[number]): string {
  const chosen = systems.find(({ id }) => id === always);
  return chosen ? `always in ${chosen.title}` : `in ${systems.map(({ title }) => title).join(' or ')}`;
}
