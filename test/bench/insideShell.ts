/** Functions that run inside the shell's page while Lanyard is measured: each stands for itself. */
import type { LinkState, WorkspaceState } from '../../preload/contract.js';

/** Milliseconds since 1970. */
export interface SignInTimes {
  readonly submitted: number;
  /** The directory has said yes, and the audit line is written. */
  readonly accepted: number;
  /** Every tab shows its page or could, were it the active one. */
  readonly opened: number;
}

/** When the sign-in page first painted something, by the page's own record. Milliseconds since 1970. */
export async function firstPaint(): Promise<number> {
  const name = 'first-contentful-paint';
  const entry =
    performance.getEntriesByName(name)[0] ??
    (await new Promise<PerformanceEntry>((resolve) => {
      new PerformanceObserver((list, observer) => {
        const found = list.getEntriesByName(name)[0];
        if (!found) return;
        observer.disconnect();
        resolve(found);
      }).observe({ type: 'paint', buffered: true });
    }));
  return performance.timeOrigin + entry.startTime;
}

/** The page as it stands, with its style sheets in it and without its scripts: a static page with the same looks. */
export function asStaticPage(): string {
  const copy = document.documentElement.cloneNode(true) as HTMLElement;
  for (const needless of copy.querySelectorAll('script, link')) needless.remove();
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules].map(({ cssText }) => cssText));
  const style = document.createElement('style');
  style.textContent = rules.join('\n');
  copy.querySelector('head')?.append(style);
  return `<!doctype html>${copy.outerHTML}`;
}

/** Signs in as a person does: by the form. */
export async function signIn({ userName, password }: { userName: string; password: string }): Promise<SignInTimes> {
  const time = (): number => performance.timeOrigin + performance.now();
  const element = <E extends Element>(selector: string): Promise<E> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = document.querySelector<E>(selector);
        if (!found) return;
        observer.disconnect();
        resolve(found);
      };
      const observer = new MutationObserver(look);
      observer.observe(document, { subtree: true, childList: true });
      look();
    });
  (await element<HTMLInputElement>('input[name=userName]')).value = userName;
  (await element<HTMLInputElement>('input[name=password]')).value = password;
  const button = await element<HTMLButtonElement>('button[type=submit]');
  let accepted = 0;
  let submitted = 0;
  const opened = new Promise<number>((resolve, reject) => {
    window.lanyard.on('session.changed', (session) => {
      if (session.status === 'signed-in') accepted = time();
      if (session.status === 'signed-out') reject(new Error('the sign-in was refused'));
    });
    window.lanyard.on('workspace.changed', ({ tabs }) => {
      if (tabs.length > 0 && tabs.every(({ cover }) => cover === null)) resolve(time());
    });
  });
  submitted = time();
  button.click();
  const at = await opened;
  return { submitted, accepted, opened: at };
}

/** Milliseconds since 1970. */
export interface ChoiceTimes {
  readonly asked: number;
  /** The shell heard that every tab is on its way, covered. */
  readonly covered: number;
  /** The shell heard that the last tab is in step. */
  readonly verified: number;
}

/** Finds a patient by number and chooses them; the search is not measured. */
export async function choose({ nhsNumber, deadline }: { nhsNumber: string; deadline: number }): Promise<ChoiceTimes> {
  const time = (): number => performance.timeOrigin + performance.now();
  const found = await window.lanyard.call('patient.search', { text: nhsNumber });
  if (!found.ok) throw new Error(`search: ${found.message}`);
  const patientId = found.value.found[0]?.patient.id;
  if (patientId === undefined) throw new Error('nobody was found');
  let asked = 0;
  let covered: number | undefined;
  return new Promise((resolve, reject) => {
    let links: readonly LinkState[] = [];
    const late = setTimeout(() => {
      stop();
      reject(new Error(`not in step: ${links.join()}`));
    }, deadline);
    const stop = window.lanyard.on('workspace.changed', ({ patient, tabs }: WorkspaceState) => {
      if (patient?.id !== patientId) return;
      const at = time();
      covered ??= at;
      links = tabs.map(({ link }) => link);
      if (!links.every((link) => link === 'In step')) return;
      clearTimeout(late);
      stop();
      resolve({ asked, covered, verified: at });
    });
    asked = time();
    void window.lanyard.call('patient.select', { patientId }).then((reply) => {
      if (!reply.ok) reject(new Error(`select: ${reply.message}`));
    });
  });
}

/** One patient after another; each has to be verified in every tab before the next is chosen. */
export async function chooseEach({
  nhsNumbers,
  deadline,
}: {
  nhsNumbers: readonly string[];
  deadline: number;
}): Promise<void> {
  for (const nhsNumber of nhsNumbers) {
    const found = await window.lanyard.call('patient.search', { text: nhsNumber });
    if (!found.ok) throw new Error(`search: ${found.message}`);
    const patientId = found.value.found[0]?.patient.id;
    if (patientId === undefined) throw new Error('nobody was found');
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        stop();
        reject(new Error('not every tab is in step'));
      }, deadline);
      const stop = window.lanyard.on('workspace.changed', ({ patient, tabs }) => {
        if (patient?.id !== patientId || !tabs.every(({ link }) => link === 'In step')) return;
        clearTimeout(late);
        stop();
        resolve();
      });
      void window.lanyard.call('patient.select', { patientId }).then((reply) => {
        if (!reply.ok) reject(new Error(`select: ${reply.message}`));
      });
    });
  }
}

/** When the shell next hears that a tab is not in step any more. Milliseconds since 1970. */
export function untilOutOfStep({ tabId, deadline }: { tabId: string; deadline: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      stop();
      reject(new Error('the tab is still in step'));
    }, deadline);
    const stop = window.lanyard.on('workspace.changed', ({ tabs }) => {
      if (tabs.find(({ id }) => id === tabId)?.link === 'In step') return;
      clearTimeout(late);
      stop();
      resolve(performance.timeOrigin + performance.now());
    });
  });
}

/** The middle of each tab, in CSS pixels of the page. */
export function middlesOfTabs(): { x: number; y: number }[] {
  return [...document.querySelectorAll('[role=tab]')].map((tab) => {
    const { left, top, width, height } = tab.getBoundingClientRect();
    return { x: left + width / 2, y: top + height / 2 };
  });
}

/** A point on the sign-in button beside its words, in CSS pixels of the page. */
export function pointOnButton(): { x: number; y: number } {
  const button = document.querySelector('button[type=submit]');
  if (!button) throw new Error('there is no button');
  const { left, top, height } = button.getBoundingClientRect();
  return { x: left + 5, y: top + height / 2 };
}

/** The upper left corner of the place for systems' pages, in CSS pixels of the page, once what is known is drawn. */
export async function cornerOfPages(): Promise<{ x: number; y: number }> {
  await new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(resolve));
  });
  const place = document.querySelector('.page-place');
  if (!place) throw new Error('there is no place for pages');
  const { left, top } = place.getBoundingClientRect();
  return { x: Math.ceil(left), y: Math.ceil(top) };
}

/** When the lock was asked for. Milliseconds since 1970. */
export function lock(): number {
  const at = performance.timeOrigin + performance.now();
  void window.lanyard.call('session.lock', undefined);
  return at;
}

/** When the password was handed over. Milliseconds since 1970. */
export function unlock({ password }: { password: string }): number {
  const at = performance.timeOrigin + performance.now();
  void window.lanyard.call('session.unlock', { password });
  return at;
}

/** When the colleague's password was handed over. Milliseconds since 1970. */
export function takeOver({ userName, password }: { userName: string; password: string }): number {
  const at = performance.timeOrigin + performance.now();
  void window.lanyard.call('session.takeOver', { userName, password });
  return at;
}

/** Resolves once no tab is covered. */
export function untilTabsShow({ deadline }: { deadline: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = ({ tabs }: WorkspaceState): void => {
      if (tabs.length === 0 || tabs.some(({ cover }) => cover !== null)) return;
      clearTimeout(late);
      stop();
      resolve();
    };
    const late = setTimeout(() => {
      stop();
      reject(new Error('a tab is still covered'));
    }, deadline);
    const stop = window.lanyard.on('workspace.changed', look);
    void window.lanyard.call('workspace.get', undefined).then((reply) => {
      if (reply.ok) look(reply.value);
    });
  });
}
