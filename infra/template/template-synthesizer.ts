import {
  CfnParameter,
  type FileAssetLocation,
  type FileAssetSource,
  Fn,
  type ISynthesisSession,
  type Stack,
  StackSynthesizer,
} from 'aws-cdk-lib';

/** A folder that becomes a zip beside the template, or a file that is copied there. */
export interface StagedAsset {
  /** Below the output folder of the app. */
  staged: string;
  /** Its name beside the template. */
  file: string;
}

/** Parameters that say where the zips are. */
export const assetParameters = { bucket: 'AssetsBucket', prefix: 'AssetsPrefix' };

/**
 * Makes a template that needs no bootstrap: code is where two parameters of the template say. The CDK's own synthesizers either need its bootstrap
 * stack, or refuse code in files.
 */
export class TemplateSynthesizer extends StackSynthesizer {
  readonly assets: StagedAsset[] = [];
  readonly #nameOf: (staged: string) => string;
  #location: { bucket: CfnParameter; prefix: CfnParameter } | undefined;

  /** @param nameOf gives the name beside the template, for a path below the output folder of the app */
  constructor(nameOf: (staged: string) => string) {
    super();
    this.#nameOf = nameOf;
  }

  /** There is no bootstrap, and there are no roles of it. */
  override get bootstrapQualifier(): string {
    return '';
  }

  override get lookupRole(): string {
    return '';
  }

  override get cloudFormationExecutionRole(): string {
    return '';
  }

  override bind(stack: Stack): void {
    super.bind(stack);
    this.#location = {
      bucket: new CfnParameter(stack, assetParameters.bucket, {
        type: 'String',
        description: 'Bucket in the region of the stack that has the files of the folder assets',
        minLength: 3,
      }),
      prefix: new CfnParameter(stack, assetParameters.prefix, {
        type: 'String',
        description: 'What stands before the names of the files in the bucket, such as "dynamodt/"',
        default: '',
      }),
    };
  }

  override addFileAsset({ fileName: staged }: FileAssetSource): FileAssetLocation {
    if (staged === undefined || !this.#location) throw new TypeError('an asset is no file of a stack');
    const file = this.#nameOf(staged);
    if (!this.assets.some((asset) => asset.file === file)) this.assets.push({ staged, file });
    const { bucket, prefix } = this.#location;
    const [bucketName, objectKey] = [bucket.valueAsString, Fn.join('', [prefix.valueAsString, file])];
    return { bucketName, objectKey, httpUrl: '', s3ObjectUrl: '' };
  }

  override addDockerImageAsset(): never {
    throw new TypeError('the service has no images');
  }

  override synthesize(session: ISynthesisSession): void {
    this.synthesizeTemplate(session);
    this.emitArtifact(session, { stackTemplateAssetObjectUrl: '' });
  }
}
