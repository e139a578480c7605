/**
 * The trust's own table of numbers that mean the same patient: a number of one assigning authority → the number at another,
 * or the number that survived a merge. Read strictly: a table with one mistake in it is not used at all.
 *
 *   authority,number,toAuthority,toNumber
 *   rm3,RM1000121,rm3,RM1000129
 *
 * `authority` is `patients.identifiers[].authority`, or `nhsNumber`. CSV as in RFC 4180. Pure.
 */
import { LanyardError } from './errors.js';
import { normaliseLocalNumber, type NumberAuthority, numberAlone } from './localNumber.js';
import { isValidNhsNumber } from './nhsNumber.js';

/** A number in its canonical form. `authority`: `nhsNumber`, or one of the configuration. */
export interface NumberOfAuthority {
  readonly authority: string;
  readonly number: string;
}

const header = ['authority', 'number', 'toAuthority', 'toNumber'] as const;
const mostRows = 100_000;
/** A record merged more often than this is more likely a mistake in the table. */
const mostSteps = 10;
const longestNumber = 64;

export class IdentifierMap {
  readonly #to: ReadonlyMap<string, NumberOfAuthority>;
  readonly #from = new Map<string, NumberOfAuthority[]>();

  private constructor(rows: ReadonlyMap<string, Row>) {
    this.#to = new Map([...rows].map(([key, { to }]) => [key, to]));
    for (const { from } of rows.values()) {
      const last = this.survivor(from);
      const key = last ? keyOf(last) : '';
      this.#from.set(key, [...(this.#from.get(key) ?? []), from]);
    }
  }

  /**
   * @param authorities those of the configuration
   * @throws LanyardError('configuration') with the line and the column, and never with a number of a patient
   */
  static parse(text: string, authorities: readonly NumberAuthority[]): IdentifierMap {
    const [first, ...lines] = rowsOf(text);
    if (first?.cells.join() !== header.join())
      throw mistake(1, null, `The first line must be exactly "${header.join()}"`);
    if (lines.length > mostRows) throw mistake(mostRows + 2, null, `More than ${mostRows} rows are too many`);
    const rows = new Map<string, Row>();
    for (const { cells, line } of lines) {
      if (cells.length !== header.length)
        throw mistake(line, null, `There are ${cells.length} columns instead of ${header.length}`);
      const read = (column: 0 | 2): NumberOfAuthority => readNumber(cells, column, line, authorities);
      const row: Row = { from: read(0), to: read(2), line };
      if (keyOf(row.from) === keyOf(row.to)) throw mistake(line, 'toNumber', 'This number leads to itself');
      const before = rows.get(keyOf(row.from));
      if (before) throw mistake(line, 'number', `This number stands in line ${before.line} already`);
      rows.set(keyOf(row.from), row);
    }
    for (const row of rows.values()) checkChain(row, rows);
    return new IdentifierMap(rows);
  }

  /** Where a number leads in the end; null: the table says nothing of it. */
  survivor(number: NumberOfAuthority): NumberOfAuthority | null {
    let last: NumberOfAuthority | null = null;
    for (let next = this.#to.get(keyOf(number)); next; next = this.#to.get(keyOf(next))) last = next;
    return last;
  }

  /** Every number that leads to this one in the end. */
  leadingTo(number: NumberOfAuthority): readonly NumberOfAuthority[] {
    return this.#from.get(keyOf(number)) ?? [];
  }
}

interface Row {
  readonly from: NumberOfAuthority;
  readonly to: NumberOfAuthority;
  readonly line: number;
}

function keyOf({ authority, number }: NumberOfAuthority): string {
  return `${authority} ${number}`;
}

function checkChain({ from, line }: Row, rows: ReadonlyMap<string, Row>): void {
  let steps = 0;
  for (let row = rows.get(keyOf(from)); row; row = rows.get(keyOf(row.to))) {
    steps += 1;
    if (steps > mostSteps)
      throw mistake(line, 'number', `This number leads in a circle, or over more than ${mostSteps} others`);
  }
}

function readNumber(
  cells: readonly string[],
  column: 0 | 2,
  line: number,
  authorities: readonly NumberAuthority[],
): NumberOfAuthority {
  const [authority = '', written = ''] = [cells[column], cells[column + 1]];
  const [authorityColumn, numberColumn] = [header[column], header[column === 0 ? 1 : 3]];
  const known = authorities.find((one) => one.authority === authority);
  if (!known && authority !== 'nhsNumber')
    throw mistake(line, authorityColumn, 'This is neither nhsNumber nor an authority of patients.identifiers');
  if (written.length > longestNumber) throw mistake(line, numberColumn, 'This is too long to be a number');
  if (known) {
    const number = normaliseLocalNumber(written, numberAlone(known));
    if (number === null) throw mistake(line, numberColumn, 'This is no number');
    return { authority, number };
  }
  const number = written.replaceAll(' ', '');
  if (!isValidNhsNumber(number)) throw mistake(line, numberColumn, 'This is no NHS number');
  return { authority, number };
}

function mistake(line: number, column: string | null, what: string): LanyardError {
  return new LanyardError('configuration', `Line ${line}${column === null ? '' : `, column ${column}`}: ${what}.`);
}

/** CSV: comma, LF or CRLF, quotes where needed; a line break inside quotes is a mistake: no number has one. */
function rowsOf(text: string): { cells: string[]; line: number }[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines.map((written, index) => {
    const line = index + 1;
    if (written === '') throw mistake(line, null, 'This line is empty');
    const cell = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
    const cells: string[] = [];
    for (let isMore = true; isMore;) {
      const found = cell.exec(written);
      if (!found) throw mistake(line, header[cells.length] ?? null, 'A quotation mark is out of place');
      cells.push((found[1]?.replaceAll('""', '"') ?? found[2] ?? '').trim());
      isMore = found[3] === ',';
      if (cells.length > header.length) break;
    }
    return { cells, line };
  });
}
