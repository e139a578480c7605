/** What is in the shipped program, and what is not. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { extractFile, listPackage } from '@electron/asar';
import { expect, test } from './launch.js';

test('the archive holds the bundle and nothing else', ({ product }) => {
  const files = listPackage(product.archive, { isPack: false });
  expect(files.filter((file) => !/^\/(dist|node_modules|package\.json)(\/|$)/.test(file))).toEqual([]);
  expect(files).toContain('/dist/main/index.js');
  expect(files).toContain('/dist/preload/shell.cjs');
  expect(files).toContain('/dist/renderer/index.html');
});

test('of node_modules the archive holds the loader of the keychain and its library for this platform', ({
  product,
}) => {
  const prebuild = `/node_modules/keytar/prebuilds/${process.platform}-${process.arch}`;
  const files = listPackage(product.archive, { isPack: false });
  expect(files.filter((file) => file.includes('node_modules')).sort()).toEqual(
    [
      '/node_modules',
      '/node_modules/keytar',
      '/node_modules/keytar/LICENSE.md',
      '/node_modules/keytar/lib',
      '/node_modules/keytar/lib/keytar.js',
      '/node_modules/keytar/package.json',
      '/node_modules/keytar/prebuilds',
      prebuild,
      `${prebuild}/keytar.node`,
    ].sort(),
  );
});

test('the library of the keychain, and nothing else, lies beside the archive', ({ product }) => {
  const library = `node_modules/keytar/prebuilds/${process.platform}-${process.arch}/keytar.node`;
  const unpacked = readdirSync(`${product.archive}.unpacked`, { recursive: true, withFileTypes: true });
  expect(
    unpacked
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.relative(`${product.archive}.unpacked`, path.join(entry.parentPath, entry.name))),
  ).toEqual([library]);
});

test('the archive holds no source maps', ({ product }) => {
  const files = listPackage(product.archive, { isPack: false });
  expect(files.filter((file) => file.endsWith('.map'))).toEqual([]);
});

test('no line of the product knows of the test variant', ({ product, variant }) => {
  expect(scripts(variant.archive)).toContain('TEST VARIANT');
  expect(scripts(product.archive)).not.toContain('TEST VARIANT');
});

function scripts(archive: string): string {
  return listPackage(archive, { isPack: false })
    .filter((file) => /\.c?js$/.test(file))
    .map((file) => extractFile(archive, file.slice(1)).toString('utf8'))
    .join('\n');
}
