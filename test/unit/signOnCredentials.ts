/** One stored sign-in as the vault keeps it: taking it makes it unconfirmed, until it is confirmed or refused. */
import { Secret } from '../../main/domain/secret.js';
import type { CredentialSource } from '../../main/signon/signOn.js';
import type { Credentials } from '../../main/vault/vault.js';

export class CredentialsOfTest implements CredentialSource {
  readonly id = 'epr';
  readonly calls: string[] = [];
  state: CredentialSource['state'] = 'usable';
  /** The password that was handed out last. */
  taken: Secret | null = null;
  onTake: () => void = () => undefined;

  constructor(
    private readonly userName = 'WARD\\a.ward',
    private readonly password = 'canary-7f3a',
  ) {}

  async take(): Promise<Credentials | null> {
    if (this.state !== 'usable') return null;
    this.state = 'unconfirmed';
    this.calls.push('take');
    this.onTake();
    this.taken = Secret.of(this.password);
    return { userName: this.userName, password: this.taken };
  }

  async confirm(): Promise<void> {
    this.state = 'usable';
    this.calls.push('confirm');
  }

  async untouched(): Promise<void> {
    this.state = 'usable';
    this.calls.push('untouched');
  }

  async refuse(): Promise<void> {
    this.state = 'refused';
    this.calls.push('refuse');
  }
}
