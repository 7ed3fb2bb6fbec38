import { expect, it } from 'vitest';
import { credentialVariables } from '../../local/functions/function-credentials.ts';

const starter = { accessKeyId: 'AKIASTARTER', secretAccessKey: 'secret', sessionToken: 'token' };

it.each(['http://127.0.0.1:8000', 'http://dynamodb:8000', 'https://amazonaws.com.example', 'https://dynamodb.notamazonaws.com'])(
  'gives functions over %s local keys only, and never asks for those of the starter',
  async (url) => {
    const lines: string[] = [];
    const ask = () => Promise.reject(new Error('asked'));

    expect(await credentialVariables(url, ask, (line) => lines.push(line))).toEqual({
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
    expect(lines).toEqual([]);
  },
);

it.each(['https://dynamodb.eu-west-1.amazonaws.com', 'https://dynamodb.cn-north-1.amazonaws.com.cn', 'https://dynamodb.us-east-1.api.aws'])(
  'gives functions over %s the keys of the starter, and warns without showing them',
  async (url) => {
    const lines: string[] = [];

    expect(
      await credentialVariables(
        url,
        async () => starter,
        (line) => lines.push(line),
      ),
    ).toEqual({
      AWS_ACCESS_KEY_ID: 'AKIASTARTER',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
    });
    expect(lines).toEqual([`WARNING: ${url} is AWS. Functions get your access key AKIASTARTER and write real tables with it.`]);
  },
);
