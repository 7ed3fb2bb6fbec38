import { defineTransformation } from 'dynamodt';

interface Shipment {
  id: string;
  carrier: string;
  /** A key of the index "Open": only shipments under way have it. */
  openSince?: number;
}

const codes: Readonly<Record<string, string>> = { 'Blue Line': 'BL', 'Quick Post': 'QP' };

/** A sparse index: gives shipments under way the code of their carrier. A run reads the few that the index shows, and not the many that are delivered. */
export default defineTransformation<Shipment>()({
  sequence: 1,
  adds: ['carrierCode'],
  only: { index: 'Open' },
  transformUp(shipment) {
    const carrierCode = codes[shipment.carrier];
    return carrierCode === undefined ? undefined : { ...shipment, carrierCode };
  },
});
