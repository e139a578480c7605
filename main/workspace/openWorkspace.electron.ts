/** Builds the tabs of one sign-in: a view, a connector and a follower for each system this person's roles allow. */
import { randomUUID } from 'node:crypto';
import type { Role } from '../../preload/contract.js';
import { connectors } from '../connectors/index.js';
import { systemClock } from '../context/clock.js';
import { FollowedTab, type FollowedSystem } from '../context/followedTab.js';
import type { AuditPort, RecordableEvent } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import type { Configuration, SystemConfiguration } from '../policy/configuration.js';
import { openOutside } from './openOutside.electron.js';
import { readingRules } from './readingRules.js';
import type { ShellWindow } from './shellWindow.electron.js';
import { createWebView } from './webView.electron.js';
import { Workspace } from './workspace.js';

/** The visible system loads first; the others begin when it has settled, or after this many milliseconds. */
const OTHERS_AFTER = 400;

export interface WorkspaceParts {
  readonly configuration: Configuration;
  readonly shell: ShellWindow;
  readonly audit: AuditPort;
  readonly isAuditHealthy: () => boolean;
  /** The built read-back (dist/isolated). */
  readonly readBackScript: string;
  readonly report: (error: unknown) => void;
  readonly changed: () => void;
}

export interface OpenWorkspace {
  readonly workspace: Workspace;
  /** Moves the keyboard into the page that has the screen. */
  focusPage(): void;
}

export function openWorkspace(roles: readonly Role[], parts: WorkspaceParts): OpenWorkspace {
  const { configuration, shell, audit } = parts;
  const pages = new Map<string, { focus(): void }>();
  /** For guards, which refuse whether or not the line can be written: an unwritable trail covers everything anyway. */
  const note = (event: RecordableEvent): void => {
    try {
      audit.record(event);
    } catch (error) {
      if (!(error instanceof LanyardError)) parts.report(error);
    }
  };
  const authorities = configuration.patients.identifiers;
  const systems = configuration.systems.filter((system) => system.roles.some((role) => roles.includes(role)));
  const tabs = systems.map((system) => {
    const connector = connectors.get(system.kind);
    if (!connector) throw new LanyardError('configuration', `There is no connector of kind "${system.kind}"`);
    const view = createWebView(shell, {
      systemId: system.id,
      title: system.title,
      policy: connector.originPolicy(system),
      permissions: connector.permissions.map(({ name }) => name).filter((name) => isNamed(system.permissions, name)),
      rules: readingRules(system.identity),
      signInPage: {
        paths: system.signOn.signInPage?.paths ?? [],
        selector: system.signOn.signInPage?.selector ?? null,
      },
      script: parts.readBackScript,
      clock: systemClock,
      record: note,
      report: parts.report,
      askOutside: (address) => {
        try {
          workspace.askOutside(system.id, address);
        } catch (error) {
          if (!(error instanceof LanyardError)) parts.report(error); // not recorded, so not asked
        }
      },
      focusShell: () => {
        shell.focusShell();
      },
    });
    pages.set(system.id, view);
    return new FollowedTab(followed(system), connector, view, {
      clock: systemClock,
      audit,
      isAuditHealthy: parts.isAuditHealthy,
      authorities,
      bannerDrawn: (deadline) => shell.drawn(deadline),
      changed: parts.changed,
      report: parts.report,
    });
  });
  const workspace = new Workspace(tabs, {
    audit,
    openOutside,
    newId: randomUUID,
    now: () => performance.now(),
    changed: parts.changed,
  });
  // No page without the banner that says whose it should be.
  shell.onGone((gone) => {
    workspace.raiseShell(gone);
  });
  workspace.open((start) => systemClock.after(OTHERS_AFTER, start));
  return {
    workspace,
    focusPage: () => {
      if (workspace.activeId !== undefined && workspace.state.tabs.some((tab) => tab.active && tab.cover === null))
        pages.get(workspace.activeId)?.focus();
    },
  };
}

function followed(system: SystemConfiguration): FollowedSystem {
  const readsLoadedIdentity = system.identity?.source === 'dicomweb';
  return {
    id: system.id,
    title: system.title,
    url: system.url,
    origins: system.origins,
    external: system.external,
    context: system.context,
    canBeReadBack: system.identity !== undefined,
    readsLoadedIdentity,
    loadTimeout: system.loadTimeoutSeconds * 1000,
    verifyTimeout: system.verifyTimeoutSeconds * 1000,
  };
}

function isNamed(permissions: readonly string[], name: string): boolean {
  return permissions.includes(name);
}
