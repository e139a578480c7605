/** What is in the shipped program, and what is not. */
import { extractFile, listPackage } from '@electron/asar';
import { expect, test } from './launch.js';

test('the archive holds the bundle and nothing else', ({ product }) => {
  const files = listPackage(product.archive, { isPack: false });
  expect(files.filter((file) => !/^\/(dist|package\.json)(\/|$)/.test(file))).toEqual([]);
  expect(files).toContain('/dist/main/index.js');
  expect(files).toContain('/dist/preload/shell.cjs');
  expect(files).toContain('/dist/renderer/index.html');
});

test('the archive holds no node_modules and no source maps', ({ product }) => {
  const files = listPackage(product.archive, { isPack: false });
  expect(files.filter((file) => file.includes('node_modules') || file.endsWith('.map'))).toEqual([]);
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
