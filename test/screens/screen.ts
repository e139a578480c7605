/** What makes a screen: what main would say, what a person then does, and which words say that it is reached. */
import type { Page } from '@playwright/test';
import type { CallName } from '../../preload/channels.js';
import type { CallOutput, Reply } from '../../preload/contract.js';

/** What the page's calls are answered with; a call without an answer waits for ever. */
export type Answers = { [N in CallName]?: Reply<CallOutput<N>> };

export interface Screen {
  readonly name: string;
  readonly answers: Answers;
  /** What a person does before the picture is taken. */
  readonly act?: (page: Page) => Promise<void>;
  /** A text that says the state is reached. */
  readonly shows: string | RegExp;
  /** Where the window is looked at beside 1100 × 760: twice as large, in high contrast. */
  readonly also?: readonly ('zoomed' | 'forced-colours')[];
}
