/** The demo's picture archive over DICOMweb, read-only: QIDO-RS searches, WADO-RS metadata and frames. */
import { type Exchange, type Handler, sendJson } from '../http.js';
import type { DicomJson } from './dicomJson.js';
import { instances, seriesAttributes, sopInstanceUid } from './headers.js';
import { searchStudies } from './qido.js';
import { sampleImages } from './sampleImages.js';
import { type ImagedStudy, imagedStudies } from './studies.js';

const BOUNDARY = 'lanyard-demo-part';
const PATH =
  /^\/studies(?:\/(?<study>[\d.]+)(?:\/(?<what>metadata|series|instances))?(?:\/(?<series>[\d.]+)(?:\/(?<part>metadata|instances))?(?:\/(?<instance>[\d.]+)\/(?<leaf>metadata|frames)(?:\/(?<frames>[\d,]+))?)?)?)?$/;

/** @param root path that the archive answers below, such as /pacs/dicom-web */
export function dicomWebHandler(root: string): Handler {
  return (exchange) => {
    const { request, url } = exchange;
    const asked = url.pathname.startsWith(`${root}/`) ? PATH.exec(url.pathname.slice(root.length))?.groups : undefined;
    if (request.method !== 'GET') {
      refuse(exchange, 405, 'this archive is read-only');
      return;
    }
    if (!asked) {
      refuse(exchange, 404, 'no such resource');
      return;
    }
    if (asked['study'] === undefined) {
      answer(exchange, searchStudies(url.searchParams));
      return;
    }
    const study = imagedStudies.find(({ studyInstanceUid }) => studyInstanceUid === asked['study']);
    if (!study || (asked['series'] !== undefined && asked['series'] !== study.seriesInstanceUid)) {
      refuse(exchange, 404, 'no such study or series');
      return;
    }
    answerForStudy(exchange, study, asked);
  };
}

function answerForStudy(exchange: Exchange, study: ImagedStudy, asked: Partial<Record<string, string>>): void {
  const { what, series, part, instance, leaf, frames } = asked;
  const found = instances(study);
  if (what === 'series' && series === undefined) {
    const wanted = exchange.url.searchParams.get('SeriesInstanceUID');
    answer(exchange, wanted === null || wanted === study.seriesInstanceUid ? [seriesAttributes(study)] : []);
  } else if (instance !== undefined) {
    const index = found.findIndex((_, at) => sopInstanceUid(study, at) === instance);
    const header = found[index];
    if (!header) refuse(exchange, 404, 'no such instance');
    else if (leaf === 'metadata') answer(exchange, [header]);
    else sendFrames(exchange, study, index, frames ?? '1');
  } else if (what === 'metadata' || part === 'metadata') {
    answer(exchange, found);
  } else if (what === 'instances' || part === 'instances') {
    answer(exchange, found.slice(0, Number(exchange.url.searchParams.get('limit') ?? found.length)));
  } else {
    refuse(exchange, 404, 'whole files are not offered');
  }
}

/** @param numbers frame numbers from 1, separated by commas */
function sendFrames(exchange: Exchange, study: ImagedStudy, index: number, numbers: string): void {
  const image = sampleImages(study.samples)[index];
  const wanted = numbers.split(',').map(Number);
  if (!image || wanted.some((number) => number < 1 || number > image.frames)) {
    refuse(exchange, 404, 'no such frame');
    return;
  }
  const parts = wanted.flatMap((number) => [
    `\r\n--${BOUNDARY}\r\nContent-Type: application/octet-stream; transfer-syntax=${image.transferSyntax}\r\n\r\n`,
    image.frame(number - 1),
  ]);
  const body = Buffer.concat([...parts, `\r\n--${BOUNDARY}--\r\n`].map((part) => Buffer.from(part as Uint8Array)));
  exchange.response.writeHead(200, {
    'content-type': `multipart/related; type="application/octet-stream"; boundary=${BOUNDARY}`,
    'content-length': body.length,
    'cache-control': 'no-store',
  });
  exchange.response.end(body);
}

function answer({ response }: Exchange, body: readonly DicomJson[]): void {
  sendJson(response, body, { type: 'application/dicom+json' });
}

function refuse({ response }: Exchange, status: number, reason: string): void {
  sendJson(response, { reason }, { status });
}
