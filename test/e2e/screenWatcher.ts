/**
 * Sees every picture of a screen in memory, as the person in front of it would: whose page is there, and whose name the
 * banner says. How a patient's name and numbers look is learnt by looking at them where the page has them.
 */
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Part of the screen, in its pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Something that is seen of one patient only. */
export interface Mark {
  readonly place: 'banner' | 'page';
  readonly patient: string;
  /** Which page, for people. */
  readonly where: string;
  /** colour: 0xRRGGBB */
  readonly pixels: readonly { readonly x: number; readonly y: number; readonly colour: number }[];
  /** So much of it has to be there, from 0 to 1. */
  readonly enough: number;
}

export interface WatchedPicture {
  readonly file: string;
  /** Where the first pixel is in the file. */
  readonly offset: number;
  readonly rowBytes: number;
  readonly marks: readonly Mark[];
  /** A shared number that is 1 once nobody wants to know any more. */
  readonly stop: SharedArrayBuffer;
}

/** What was seen without a change for a while. Milliseconds since 1970. */
export interface Sighting {
  readonly from: number;
  to: number;
  readonly banner: readonly string[];
  readonly pages: readonly string[];
  /** Where the page was told by, for people. */
  readonly where: string;
}

export interface Watched {
  readonly sightings: readonly Sighting[];
  readonly looks: number;
  /** Milliseconds between two looks. */
  readonly longestGap: number;
  readonly seconds: number;
}

/** A mark has at least so many pixels of ink … */
const LEAST = 14;
/** … and no more than so many are compared. */
const MOST = 120;
const ENOUGH = 0.97;

/** One picture of the screen. Source: X11/XWDFile.h; Xvfb writes the header with the highest byte first. */
export class Picture {
  readonly width: number;
  readonly height: number;
  readonly offset: number;
  readonly rowBytes: number;

  constructor(private readonly bytes: Buffer) {
    const field = (index: number): number => bytes.readUInt32BE(index * 4);
    this.width = field(4);
    this.height = field(5);
    this.rowBytes = field(12);
    this.offset = field(0) + field(19) * 12;
    if (field(11) !== 32) throw new Error(`the screen has ${field(11)} bits for a pixel`);
  }

  /** 0xRRGGBB */
  at(x: number, y: number): number {
    return this.bytes.readUInt32LE(this.offset + y * this.rowBytes + x * 4) % 0x100_0000;
  }
}

export const takePicture = (file: string): Picture => new Picture(readFileSync(file));

/** What several visits to one patient's page had in common. */
export interface Visits {
  readonly patient: string;
  readonly pictures: readonly Picture[];
}

/**
 * In each area the ink of each visit of this patient that no visit of another has: the same letters are not always drawn
 * to the same pixels. An area without enough of it (two patients with one birth date, say) gives no mark.
 */
export function marksOf(where: string, areas: readonly Area[], visits: readonly Visits[]): Mark[] {
  const place = where === 'banner' ? 'banner' : 'page';
  return visits.flatMap(({ patient, pictures }) => {
    const strangers = visits.filter((other) => other.patient !== patient).flatMap((other) => other.pictures);
    return pictures.flatMap((picture) =>
      areas.flatMap((area): Mark[] => {
        const ground = groundOf(picture, area);
        const pixels: { x: number; y: number; colour: number }[] = [];
        for (let y = area.y; y < area.y + area.height; y += 1)
          for (let x = area.x; x < area.x + area.width; x += 1) {
            const colour = picture.at(x, y);
            if (colour !== ground && strangers.every((other) => other.at(x, y) !== colour))
              pixels.push({ x, y, colour });
          }
        if (pixels.length < LEAST) return [];
        const step = Math.ceil(pixels.length / MOST);
        return [
          {
            place,
            patient,
            where: `${where} at ${area.x},${area.y}`,
            pixels: pixels.filter((_pixel, index) => index % step === 0),
            enough: ENOUGH,
          },
        ];
      }),
    );
  });
}

/** A page that is one colour all over says so by that alone. */
export function colourMarks(area: Area, colours: Readonly<Record<string, number>>): Mark[] {
  return Object.entries(colours).map(([patient, colour]) => ({
    place: 'page',
    patient,
    where: 'a page of one colour',
    pixels: Array.from({ length: LEAST }, (_, index) => ({
      x: area.x + Math.round((area.width * (index + 1)) / (LEAST + 1)),
      y: area.y + Math.round(area.height * 0.2),
      colour,
    })),
    enough: 0.5,
  }));
}

/** The commonest colour there. */
function groundOf(picture: Picture, area: Area): number {
  const counts = new Map<number, number>();
  for (let y = area.y; y < area.y + area.height; y += 1)
    for (let x = area.x; x < area.x + area.width; x += 1) {
      const colour = picture.at(x, y);
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0] ?? 0;
}

/** From now on every picture is looked at, until the returned function is called. */
export async function watchScreen(file: string, marks: readonly Mark[]): Promise<() => Promise<Watched>> {
  const { offset, rowBytes } = takePicture(file);
  const stop = new SharedArrayBuffer(4);
  const watched: WatchedPicture = { file, offset, rowBytes, marks, stop };
  const worker = new Worker(new URL('./screenSampler.mjs', import.meta.url), { workerData: watched });
  const message = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  await message();
  return async () => {
    const result = message();
    Atomics.store(new Int32Array(stop), 0, 1);
    return (await result) as Watched;
  };
}
