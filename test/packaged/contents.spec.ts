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

test('of node_modules the archive holds the loaders of keychain and badges, with their libraries for this platform', ({
  product,
}) => {
  const prebuild = `/node_modules/keytar/prebuilds/${process.platform}-${process.arch}`;
  const badges = '/node_modules/@pcsc-mini/linux-x86_64-gnu';
  const files = listPackage(product.archive, { isPack: false });
  expect(files.filter((file) => file.includes('node_modules')).sort()).toEqual(
    [
      '/node_modules',
      '/node_modules/@pcsc-mini',
      badges,
      `${badges}/addon.node`,
      `${badges}/package.json`,
      '/node_modules/pcsc-mini',
      '/node_modules/pcsc-mini/LICENSE',
      '/node_modules/pcsc-mini/build',
      ...['addon.node', 'card', 'client', 'index', 'reader'].map((name) => `/node_modules/pcsc-mini/build/${name}.js`),
      '/node_modules/pcsc-mini/package.json',
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

test('the libraries of keychain and badges, and nothing else, lie beside the archive', ({ product }) => {
  const libraries = [
    'node_modules/@pcsc-mini/linux-x86_64-gnu/addon.node',
    `node_modules/keytar/prebuilds/${process.platform}-${process.arch}/keytar.node`,
  ];
  const unpacked = readdirSync(`${product.archive}.unpacked`, { recursive: true, withFileTypes: true });
  expect(
    unpacked
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.relative(`${product.archive}.unpacked`, path.join(entry.parentPath, entry.name)))
      .sort(),
  ).toEqual(libraries);
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
