/**
 * Several places where one system's credentials may be: entered for this session, stored, the directory's own. The first
 * that has any decides: a refused password is never followed by another one by itself.
 */
import type { Credentials } from '../vault/vault.js';
import type { CredentialSource } from './signOn.js';

export class FirstOfSources implements CredentialSource {
  #taken: CredentialSource | null = null;

  constructor(
    readonly id: string,
    private readonly sources: () => readonly CredentialSource[],
  ) {}

  get state(): CredentialSource['state'] {
    return this.#first()?.state ?? 'none';
  }

  async take(): Promise<Credentials | null> {
    this.#taken = this.#first();
    return (await this.#taken?.take()) ?? null;
  }

  async confirm(): Promise<void> {
    await this.#taken?.confirm();
  }

  async untouched(): Promise<void> {
    await this.#taken?.untouched?.();
  }

  async refuse(): Promise<void> {
    await this.#taken?.refuse();
  }

  /** A vault that cannot be opened hides nothing of what other places have. */
  #first(): CredentialSource | null {
    const sources = this.sources();
    const isKnown = ({ state }: CredentialSource): boolean => state !== 'none' && state !== 'vault';
    return sources.find(isKnown) ?? sources.find(({ state }) => state === 'vault') ?? null;
  }
}
