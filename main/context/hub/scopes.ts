/** OAuth scopes `fhircast/{Event or *}.{read, write or *}` (FHIRcast §2.2): who may hear and who may say what. */
import { type EventName, type EventPattern, parseEventName } from './eventNames.js';
import { MalformedRequest } from './errors.js';

const SCOPE = /^fhircast\/(\*|[^.*\s][^*\s]*)\.(read|write|\*)$/i;

export type Direction = 'read' | 'write';

export class Scopes {
  readonly #read = new Map<string, EventName | '*'>();
  readonly #write = new Map<string, EventName | '*'>();

  /** @param text scopes divided by spaces; those of other specifications (`openid`, `launch`) are left aside */
  constructor(text: string) {
    for (const scope of text.split(/\s+/)) {
      if (!/^fhircast\//i.test(scope)) continue;
      const [, subject = '', direction = ''] = SCOPE.exec(scope) ?? [];
      const event = subject === '*' ? '*' : parseEventName(subject);
      if (!event) throw new MalformedRequest('a scope must read fhircast/{event or *}.{read, write or *}');
      const key = event === '*' ? '*' : event.key;
      if (direction.toLowerCase() !== 'write') this.#read.set(key, event);
      if (direction.toLowerCase() !== 'read') this.#write.set(key, event);
    }
  }

  allow(direction: Direction, event: EventName): boolean {
    const granted = direction === 'read' ? this.#read : this.#write;
    return granted.has('*') || granted.has(event.key);
  }

  /**
   * The part of a requested pattern that may be heard: the pattern itself, the events of it that are in scope, or
   * nothing. In the spelling of the request where it can be.
   */
  readable(pattern: EventPattern): string[] {
    if (this.#read.has('*')) return [pattern.text];
    const events = [...this.#read.values()].filter((event) => event !== '*' && pattern.matches(event)) as EventName[];
    return pattern.isWildcard ? events.map(({ name }) => name) : events.map(() => pattern.text);
  }
}
