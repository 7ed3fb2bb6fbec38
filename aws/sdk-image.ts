import type { AttributeValue as SdkValue } from '@aws-sdk/client-dynamodb';
import type { Image } from '../core/values/attribute-value.ts';

/** The SDK's union of types has one more member, for types that DynamoDB may get in the future. It is left out here. */
export function asImage(item: Record<string, SdkValue>): Image {
  return item as Image;
}

export function asSdkItem(image: Image): Record<string, SdkValue> {
  return image as Record<string, SdkValue>;
}
