import { randomBytes } from 'node:crypto';
import { ApiError } from '../http/api-error.ts';
import { type Actions, type Request, required } from '../http/json-api.ts';
import { account, type Names } from '../names.ts';
import { decryptBlob, encryptBlob, keyIdOf } from './kms-blob.ts';

/** KMS with one symmetric key of 32 bytes, which never leaves the process. */
export function localKms(names: Names, key: Buffer): Actions {
  const created = Date.now() / 1000;
  const id = names.keyArn.slice(names.keyArn.indexOf('/') + 1);
  const spellings = [names.keyArn, id, names.keyAlias, names.keyArn.replace(/key\/.*/, names.keyAlias)];
  let enabled = true;

  const known = (request: Request): void => {
    const asked = required(request, 'KeyId');
    if (!spellings.includes(asked)) throw new ApiError('NotFoundException', `Key '${asked}' does not exist`);
  };
  const usable = (): void => {
    if (!enabled) throw new ApiError('DisabledException', `${names.keyArn} is disabled.`);
  };
  const encrypt = (plaintext: Buffer, request: Request) => ({
    CiphertextBlob: encryptBlob({ key, id }, plaintext, request['EncryptionContext']).toString('base64'),
    KeyId: names.keyArn,
  });
  const dataKey = (request: Request): Buffer => {
    known(request);
    usable();
    return randomBytes(request['KeySpec'] === 'AES_128' ? 16 : Number(request['NumberOfBytes'] ?? 32));
  };
  const enable = (state: boolean) => (request: Request) => {
    known(request);
    enabled = state;
  };

  return {
    GenerateDataKey: (request) => {
      const plaintext = dataKey(request);
      return { ...encrypt(plaintext, request), Plaintext: plaintext.toString('base64') };
    },
    GenerateDataKeyWithoutPlaintext: (request) => encrypt(dataKey(request), request),
    Encrypt: (request) => {
      known(request);
      usable();
      return { ...encrypt(bytes(request, 'Plaintext'), request), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    },
    Decrypt: (request) => {
      const blob = bytes(request, 'CiphertextBlob');
      if (keyIdOf(blob) !== id)
        throw new ApiError('InvalidCiphertextException', 'The ciphertext was not made under a key of this account.');
      if (request['KeyId'] !== undefined) known(request);
      usable();
      const plaintext = decryptBlob({ key, id }, blob, request['EncryptionContext']);
      return { Plaintext: plaintext.toString('base64'), KeyId: names.keyArn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    },
    DescribeKey: (request) => {
      known(request);
      return {
        KeyMetadata: {
          AWSAccountId: account,
          KeyId: id,
          Arn: names.keyArn,
          CreationDate: created,
          Enabled: enabled,
          KeyState: enabled ? 'Enabled' : 'Disabled',
          KeyUsage: 'ENCRYPT_DECRYPT',
          KeySpec: 'SYMMETRIC_DEFAULT',
          KeyManager: 'CUSTOMER',
          Origin: 'AWS_KMS',
          MultiRegion: false,
          EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
        },
      };
    },
    EnableKey: enable(true),
    DisableKey: enable(false),
  };
}

function bytes(request: Request, field: string): Buffer {
  return Buffer.from(required(request, field), 'base64');
}
