/** The tree's leaves and nodes as they stand in the database. */
import type { ClientBase, Pool } from 'pg';
import { type Hash, leafHash, type TreeStore } from '../main/audit/tree/merkleTree.js';
import { hexOfUuid } from './database.js';

/** Rejects where a leaf or node is missing: the database was tampered with, or is damaged. */
export function treeStore(database: Pool | ClientBase): TreeStore {
  return {
    leaves: async (from, to) => {
      if (from === to) return [];
      const { rows } = await database.query<{ leaf: string; chain: string | null; hash: Buffer }>(
        `SELECT leaf, chain::text, hash FROM audit.event WHERE leaf >= $1 AND leaf < $2
         UNION ALL SELECT leaf, NULL, hash FROM audit.dropped_leaf WHERE leaf >= $1 AND leaf < $2 ORDER BY leaf`,
        [from, to],
      );
      rows.forEach(({ leaf }, index) => {
        if (Number(leaf) !== from + index) throw new MissingFromTree(`record ${from + index}`);
      });
      if (rows.length !== to - from) throw new MissingFromTree(`record ${from + rows.length}`);
      return rows.map(({ chain, hash }): Hash => {
        return chain === null ? hash : leafHash(hexOfUuid(chain), hash.toString('hex'));
      });
    },
    node: async (level, index) => {
      const { rows } = await database.query<{ hash: Buffer }>(
        'SELECT hash FROM audit.tree_node WHERE level = $1 AND index = $2',
        [level, index],
      );
      const [row] = rows;
      if (!row) throw new MissingFromTree(`node ${level}/${index}`);
      return row.hash;
    },
  };
}

/** Something that was in the tree is not there any more: no tree goes on from there. */
export class MissingFromTree extends Error {
  constructor(what: string) {
    super(
      `${what} of the tree is missing from the database. Somebody deleted it, or the database is damaged: ` +
        'restore it from a backup; workstations send again by themselves what came after that. See docs/AUDIT.md',
    );
  }
}
