import type { DestinationList, DestinationView } from '../protocol/index.ts';
import { requestJson, type ServerAccess } from './request.ts';

/** Reads how those destinations of a server's notifications are doing that the token may see. */
export async function readDestinations(server: ServerAccess): Promise<readonly DestinationView[]> {
  return (await requestJson<DestinationList>(server, '/api/v1/notifications')).destinations;
}
