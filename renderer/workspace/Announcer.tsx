/** Says aloud what changed without anybody looking: another patient, another link state of the active tab. */
import { type ReactElement, useEffect, useRef } from 'react';
import type { CoverCard, WorkspaceState } from '../../preload/contract.js';
import { formatName } from '../presentation/patient.js';
import { describeServices } from '../presentation/services.js';
import { NETWORK_LOST } from './useNetwork.js';

export function Announcer({ workspace }: { workspace: WorkspaceState }): ReactElement {
  const region = useRef<HTMLParagraphElement>(null);
  const before = useRef(workspace);
  useEffect(() => {
    const words = describeChange(before.current, workspace);
    before.current = workspace;
    if (words !== null && region.current !== null) region.current.textContent = words;
  }, [workspace]);
  return <p className="visually-hidden" aria-live="polite" ref={region} />;
}

/** Covers that end by themselves: their words would only be in the way of what follows. */
const IN_PASSING: ReadonlySet<CoverCard['kind']> = new Set(['loading', 'signing-on']);

/** null: nothing worth an interruption. Another active tab is no news: the tab itself reads its state. */
export function describeChange(before: WorkspaceState, after: WorkspaceState): string | null {
  const words: string[] = [];
  if (before.patient?.id !== after.patient?.id) {
    words.push(after.patient === null ? 'No patient chosen.' : `Patient ${formatName(after.patient.name)}.`);
  }
  if (after.contextNotice !== undefined && before.contextNotice !== after.contextNotice)
    words.unshift(after.contextNotice);
  if (before.isNetworkLost !== after.isNetworkLost)
    words.unshift(after.isNetworkLost ? NETWORK_LOST : 'The network connection is back.');
  const news = describeServices(before.services ?? [], after.services ?? []);
  if (news !== null) words.push(news);
  const was = before.tabs.find(({ active }) => active);
  const is = after.tabs.find(({ active }) => active);
  if (is !== undefined && was?.id === is.id && (was.link !== is.link || was.cover?.title !== is.cover?.title)) {
    words.push(`${is.title}: ${is.link}.`);
    if (is.cover !== null && !IN_PASSING.has(is.cover.kind)) words.push(`${is.cover.title}. ${is.cover.reason}`);
  }
  return words.length === 0 ? null : words.join(' ');
}
