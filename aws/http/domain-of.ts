/** The domain of the services of a region: https://docs.aws.amazon.com/general/latest/gr/rande.html */
export function domainOf(region: string): string {
  if (region.startsWith('cn-')) return 'amazonaws.com.cn';
  return region.startsWith('eusc-') ? 'amazonaws.eu' : 'amazonaws.com';
}
