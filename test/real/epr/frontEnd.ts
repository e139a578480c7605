/**
 * The OpenMRS O3 front end, put together from its registry packages: what `openmrs assemble` does (an import map and the
 * modules' routes in one file), without its thousand-package command line. Each package is pinned and fetched once, so a
 * broken set-up goes on where it stopped.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { fetchRegistryPackage, type PackageProgress } from '../../../build/registry-package.mjs';

const SHELL = {
  name: '@openmrs/esm-app-shell',
  version: '10.0.0',
  integrity: 'sha512-7V/aTAOl8KtBBXL0pH0nWZSpAEDjVpD3UIhL6Wg0qb5kIBNXxRI1a0XEg4m/xuPX6JzgBS1NFUQKz2ZfAFhVEg==',
};
const MODULES = [
  {
    name: '@openmrs/esm-login-app',
    version: '10.0.0',
    integrity: 'sha512-4btkA9AZ6VydueKzxqszSxdSqqfbBJ+ahOAKqXRpCcOSjk5nhNFLfcfNP6poQ5cZrv8jOJ1lXJ83wmrT5X9UnA==',
  },
  {
    name: '@openmrs/esm-primary-navigation-app',
    version: '10.0.0',
    integrity: 'sha512-DbpMtU2PL4Lha7bure/Zvx3hbxIF6WvSlxGxg7t9p5QhgcL+LdJPP0B7rOC1WhM0p869i5pxmEWXAV1EI+GQbQ==',
  },
  {
    name: '@openmrs/esm-home-app',
    version: '11.1.0',
    integrity: 'sha512-RTgNr3cOUqTFHB7tPDjl9R2LMZvCgGOMo6z0dPlzS3Wrv8fCUYNkWpHXN+u8V/SbSJfdCRYUeF9Z6sNOobu92A==',
  },
  {
    name: '@openmrs/esm-patient-search-app',
    version: '11.1.0',
    integrity: 'sha512-Ts08Rj1akAzys3Zx8MpYpWEUgKhGMmIHfGveq68NA6V8VlfHUPSDqQFGvUGs+zwTgzmjX53BPXblqLHYlKe9zg==',
  },
  {
    name: '@openmrs/esm-patient-chart-app',
    version: '12.3.4',
    integrity: 'sha512-+DtaNNcL7IVwLYjn7Ilp6CfZUE4P0ht2a4A2kiPIkdQQGaT5FH3SH9hn60UossvyqWza1TcVy5OMJ/UPfJgKFg==',
  },
  {
    name: '@openmrs/esm-patient-banner-app',
    version: '12.3.4',
    integrity: 'sha512-fQur7jUs7Gguzp/l7Ykk6GcCofk8Bk6AhXNo+iFPFjEI11yQBIr1GFghWvHcVFGiAK124YkqYXG0NIwzE/19nA==',
  },
  {
    name: '@openmrs/esm-patient-vitals-app',
    version: '12.3.4',
    integrity: 'sha512-Buuow9hKFSTDieEkoCxVTqFi0rYBGUceT8ZT8oLG5Y4h/MMCop8QjFy0SCJSPWjlAakzX72famjIsn6MteKzEw==',
  },
  {
    name: '@openmrs/esm-patient-allergies-app',
    version: '12.3.4',
    integrity: 'sha512-YWlPjiN2uTX34U1kECYzMlq256ES7mmFtVmxiSc3y5kHYdeVCL3GFfW9NxiMN/JczzH35jETmDp7dTA4NtHsPg==',
  },
  {
    name: '@openmrs/esm-patient-conditions-app',
    version: '12.3.4',
    integrity: 'sha512-yiQ9UWYkSq+IjFRlGoGBA/25Ep6tFyIvYb9yGQxBYSHMjDHaUr5ZxNzkCrvQg8pSU6RvYxXxSOFPzlG7agRnTw==',
  },
  {
    name: '@openmrs/esm-patient-tests-app',
    version: '12.3.4',
    integrity: 'sha512-wqZukfCRoTXdkeh9EwyzgdVBwZGNxauT1SxIgzKK30ck07P6AOe4ujE/+NR6S0GfyIolPraHjd18UPhjJMmdmA==',
  },
  {
    name: '@openmrs/esm-patient-medications-app',
    version: '12.3.4',
    integrity: 'sha512-Krr+hlOaM6VpstBxZR55x9omdBBMmP1stDfKFFTyhkoNvSzSjp+mLYE6z93hQMcvtM6zcJERqgGnpvzjntVRpA==',
  },
  {
    name: '@openmrs/esm-generic-patient-widgets-app',
    version: '12.3.4',
    integrity: 'sha512-KXTCwaoDyD4osDvjpHEykrF0SRhUMlA525DX8yz1wP8ROqHSgIVou2CFQNOXRVIBBq2rcIb1lW48PLsQgp6LIw==',
  },
];

export interface FrontEnd {
  /** Folder of the shell's built site. */
  readonly shell: string;
  /** Name of a module's folder below /openmrs/spa → where it is. */
  readonly modules: ReadonlyMap<string, string>;
  readonly importMap: { readonly imports: Readonly<Record<string, string>> };
  /** Module → its routes.json with its version. */
  readonly routes: Readonly<Record<string, unknown>>;
}

const Manifest = z.looseObject({
  browser: z.string().optional(),
  module: z.string().optional(),
  main: z.string().optional(),
});
const Routes = z.looseObject({});

/** @param cacheFolder the packages are fetched into it, once: about 106 MB unpacked */
export async function assembleFrontEnd(
  cacheFolder: string,
  onProgress?: (name: string, progress: PackageProgress) => void,
): Promise<FrontEnd> {
  const fetched = async (wanted: typeof SHELL) =>
    fetchRegistryPackage({
      ...wanted,
      folder: cacheFolder,
      ...(onProgress && {
        onProgress: (progress: PackageProgress) => {
          onProgress(wanted.name, progress);
        },
      }),
    });
  const shell = path.join(await fetched(SHELL), 'dist');
  const modules = new Map<string, string>();
  const imports: Record<string, string> = {};
  const routes: Record<string, unknown> = {};
  for (const module of MODULES) {
    const home = await fetched(module);
    const { browser, module: entry, main } = Manifest.parse(await readJson(path.join(home, 'package.json')));
    const script = browser ?? entry ?? main ?? '';
    const folder = `${module.name.replace(/^@/, '').replaceAll('/', '-')}-${module.version}`;
    const site = path.join(home, path.dirname(script));
    modules.set(folder, site);
    imports[module.name] = `./${folder}/${path.basename(script)}`;
    routes[module.name] = {
      ...Routes.parse(await readJson(path.join(site, 'routes.json'))),
      version: module.version,
    };
  }
  return { shell, modules, importMap: { imports }, routes };
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'));
}
