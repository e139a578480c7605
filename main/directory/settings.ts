/** How to reach one Active Directory domain: the `directory` and `roles` parts of lanyard.json, files already read. */

export interface DirectorySettings {
  /** DNS name of the domain: ward.example.nhs */
  readonly domain: string;
  /** NetBIOS name of the domain: WARD. Absent: the first label of `domain`, as Windows proposes it. */
  readonly netbiosName?: string | undefined;
  /** ldaps://dc1.ward.example.nhs[:636] or, with security 'start-tls', ldap://dc1…[:389]. Absent: found by DNS SRV. */
  readonly servers?: readonly string[] | undefined;
  /** Active Directory site of this workstation: its controllers are asked first. Only for DNS discovery. */
  readonly site?: string | undefined;
  /** Addresses (with :port where it is not 53) of the DNS servers to ask. Absent: the operating system's. */
  readonly dnsServers?: readonly string[] | undefined;
  /** Controller name → IP address, for names that DNS does not know. */
  readonly addresses?: Readonly<Record<string, string>> | undefined;
  readonly security: 'ldaps' | 'start-tls';
  /** The trust's certificate authorities as PEM text. Absent: the operating system's and Node's own. */
  readonly caPem?: string | undefined;
  /** Account that may look up others: for tries left, lock-out times, and groups the clinician cannot read. */
  readonly serviceAccount?: { readonly principal: string; readonly password: string } | undefined;
  /** Role → groups that give it, each as a name, a DN or a SID. */
  readonly roles: Readonly<Record<string, readonly string[] | undefined>>;
}

/** Something for IT to put right. Holds no user name and no secret. */
export interface DirectoryProblem {
  readonly kind: 'controller' | 'service-account' | 'unknown-group';
  readonly detail: string;
}

/** Milliseconds. A hung controller costs one `connect`; a silent one, after connecting, one `operation`. */
export interface Deadlines {
  readonly connect: number;
  readonly operation: number;
  /** For everything the service account looks up after a refusal: the refusal does not wait longer. */
  readonly lookUp: number;
  /** For one DNS question. */
  readonly dns: number;
}

export const defaultDeadlines: Deadlines = { connect: 2000, operation: 5000, lookUp: 2000, dns: 2000 };
