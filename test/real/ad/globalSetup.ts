/** Vitest's hook: the domain controller runs while the real tests do. In a test: `inject('domainController')`. */
import type { TestProject } from 'vitest/node';
import { type DomainController, startDomainController } from './domainController.js';

declare module 'vitest' {
  interface ProvidedContext {
    domainController: DomainController;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { close, ...controller } = await startDomainController();
  project.provide('domainController', controller);
  return close;
}
