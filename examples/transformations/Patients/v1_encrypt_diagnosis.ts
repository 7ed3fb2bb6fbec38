import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { defineTransformation } from 'dynamodt';

interface Patient {
  id: string;
  diagnosis?: string;
}

const mark = 'aes1:';

/**
 * Encryption of a field. The key is a secret: the stack gives it to the construct as `secrets: { FIELD_KEY }`, 32 bytes in base64. Text, patient and key
 * give the IV, so that each call gives the same, and no IV is used for two texts.
 */
export default defineTransformation<Patient>()({
  sequence: 1,
  overwrites: ['diagnosis'],
  transformUp(patient) {
    if (patient.diagnosis === undefined || patient.diagnosis.startsWith(mark)) return;
    return { ...patient, diagnosis: encrypt(patient.diagnosis, patient.id) };
  },
  transformDown(patient) {
    if (!patient.diagnosis?.startsWith(mark)) return;
    return { ...patient, diagnosis: decrypt(patient.diagnosis, patient.id) };
  },
});

/** Read when it is needed: on your machine, where `plan --offline` loads the file, there is none. */
function fieldKey(): Buffer {
  return Buffer.from(process.env['FIELD_KEY'] ?? '', 'base64');
}

function encrypt(text: string, id: string): string {
  const key = fieldKey();
  const iv = createHmac('sha256', key)
    .update(JSON.stringify([id, text]))
    .digest()
    .subarray(0, 12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(id));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return mark + Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64');
}

function decrypt(value: string, id: string): string {
  const bytes = Buffer.from(value.slice(mark.length), 'base64');
  const decipher = createDecipheriv('aes-256-gcm', fieldKey(), bytes.subarray(0, 12))
    .setAAD(Buffer.from(id))
    .setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
}
