import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { gatewayError } from './gateway-errors.ts';

/**
 * Reads a client's XML; elements of the names in `lists` come as lists. Entities other than XML's own are not expanded.
 */
export function readXml(text: string, lists: readonly string[]): unknown {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) throw gatewayError('GATEWAY_MALFORMED_XML');
  const parser = new XMLParser({
    parseTagValue: false,
    ignoreAttributes: true,
    removeNSPrefix: true,
    isArray: (name) => lists.includes(name),
  });
  return parser.parse(text);
}
