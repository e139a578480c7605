/** The shell's few signs. Each has its own outline, so that none is told from another by colour alone. */
import type { ReactElement } from 'react';
import type { LinkState } from '../../preload/contract.js';

/** Drawn on a 16 × 16 grid in the colour of the text; always beside words, so never read out. */
function Sign({ children }: { children: ReactElement | ReactElement[] }): ReactElement {
  return (
    <svg
      className="sign"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export function LinkSign({ link }: { link: LinkState }): ReactElement {
  switch (link) {
    case 'In step': // a filled disc with a tick
      return (
        <Sign>
          <circle cx="8" cy="8" r="7" fill="currentColor" stroke="none" />
          <path d="M4.8 8.4 7 10.6 11.2 5.8" stroke="var(--cut-out)" />
        </Sign>
      );
    case 'Changing': // two arrows in a ring
      return (
        <Sign>
          <path d="M13.4 6.5A5.7 5.7 0 0 0 3 5.5M2.6 9.5A5.7 5.7 0 0 0 13 10.5" />
          <path d="M2.6 2.6v3.2h3.2M13.4 13.4v-3.2h-3.2" />
        </Sign>
      );
    case 'Not checked': // an empty, broken ring
      return (
        <Sign>
          <circle cx="8" cy="8" r="6" strokeDasharray="3.2 3.1" />
        </Sign>
      );
    case 'Different patient': // a filled octagon with a cross
      return (
        <Sign>
          <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor" stroke="none" />
          <path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" stroke="var(--cut-out)" />
        </Sign>
      );
    case 'Unlinked': // two halves of a chain
      return (
        <Sign>
          <path d="M6.5 4.5H4.6a3.5 3.5 0 0 0 0 7h1.9M9.5 4.5h1.9a3.5 3.5 0 0 1 0 7H9.5" />
          <path d="M8 2v2M8 12v2" />
        </Sign>
      );
    case 'No access': // a ring with a bar
      return (
        <Sign>
          <circle cx="8" cy="8" r="6.2" />
          <path d="M4.6 8h6.8" />
        </Sign>
      );
    case 'Signed out': // a door with an arrow leaving it
      return (
        <Sign>
          <path d="M9 2H3v12h6" />
          <path d="M7 8h7m-2.6-2.6L14 8l-2.6 2.6" />
        </Sign>
      );
  }
}

export function WarningSign(): ReactElement {
  return (
    <Sign>
      <path d="M8 1.8 15 14H1z" />
      <path d="M8 6.4v3.2M8 11.9v.1" />
    </Sign>
  );
}

export function InformationSign(): ReactElement {
  return (
    <Sign>
      <circle cx="8" cy="8" r="6.5" />
      <path d="M8 7.4v3.8M8 4.8v.1" />
    </Sign>
  );
}

export function ErrorSign(): ReactElement {
  return (
    <Sign>
      <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor" stroke="none" />
      <path d="M8 4.4v4M8 11.2v.1" stroke="var(--cut-out)" />
    </Sign>
  );
}

export function SearchSign(): ReactElement {
  return (
    <Sign>
      <circle cx="6.8" cy="6.8" r="4.8" />
      <path d="m10.4 10.4 4 4" />
    </Sign>
  );
}

/** A key: sign-ins that are kept, or asked for. */
export function KeySign(): ReactElement {
  return (
    <Sign>
      <circle cx="4.6" cy="8" r="3.4" />
      <path d="M8 8h7M11.4 8v3M14.4 8v2.4" />
    </Sign>
  );
}

export function DownSign(): ReactElement {
  return (
    <Sign>
      <path d="M3.5 5.8 8 10.3l4.5-4.5" />
    </Sign>
  );
}
