/** What support sees of one subscriber. Plain data: it is copied between processes. Times are milliseconds since 1970. */

export interface SubscriberReport {
  /** Its own word. */
  readonly name: string;
  /** Granted events divided by commas. */
  readonly events: string;
  /** When its WebSocket came; null: it never did. */
  readonly since: number | null;
  /** What it answered last; null: nothing yet. */
  readonly lastAnswer: { readonly eventName: string; readonly status: number; readonly at: number } | null;
  /** The oldest event that it has not answered yet. */
  readonly awaited: { readonly eventName: string; readonly sentAt: number } | null;
  /** Present: it is gone. */
  readonly left: { readonly at: number; readonly reason: string } | null;
}

/** The reason of a subscriber that is cut because it owes an answer. */
export const SILENT = 'did not answer in time';
