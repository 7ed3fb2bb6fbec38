import { LedgerMirror, type RecordAges } from '../../aws/ledger/reading/ledger-mirror.ts';
import { LedgerPace } from '../../aws/ledger/reading/ledger-pace.ts';
import type { DirectRequests } from '../../aws/ledger/reading/ledger-requests.ts';
import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import type { Clock } from '../../core/clock.ts';
import { keyOf, type ShownTable } from './shown-table.ts';
import type { Standing } from './watch-tables.ts';

/** In milliseconds. Together they are more than one request a second for two segments or more: then each is read as much more seldom. */
const agesOfRun: RecordAges = { control: 1500, saves: 5000, settled: 5000, table: 20_000, holds: 30_000, rest: 30_000 };
/** While no run is under way, a new one shows in the runs of the table. */
const agesAtRest: RecordAges = { control: 10_000, saves: 600_000, settled: 5000, table: 5000, holds: 15_000, rest: 15_000 };
/** A table of which only a line is shown is read as much more seldom. */
const ofLine = 3;
/** A page that is opened shows nothing that is older. */
const freshMs = 20_000;

/** In milliseconds: what is not in the ledger, and the catalog. */
const ages = { saves: 1900, decided: 20_000, settled: 300_000 };

interface Watched {
  service: DeployedService;
  mirror: LedgerMirror;
}

/** The ledgers of services, read at one common pace, for somebody who looks: a mirror for each table. */
export class WatchedLedgers {
  readonly #services: ReadonlyMap<string, DeployedService>;
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly #pace: LedgerPace;
  readonly #paced: ReadonlyMap<string, DeployedService>;
  readonly #tables = new Map<string, Watched>();

  constructor(services: ReadonlyMap<string, DeployedService>, clock: Pick<Clock, 'monotonic' | 'sleep'>) {
    this.#services = services;
    this.#clock = clock;
    this.#pace = new LedgerPace(clock);
    this.#paced = new Map([...services].map(([name, service]) => [name, service.watched({ ages, requests: this.#requestsOf(service) })]));
  }

  /** Each service, for what is looked at once. */
  get services(): ReadonlyMap<string, DeployedService> {
    return this.#paced;
  }

  /** The service for what is looked at again and again of a table. */
  of(shown: ShownTable): DeployedService {
    return this.#watched(shown).service;
  }

  /** See LedgerMirror. */
  due(shown: ShownTable, standing: Standing): number {
    return this.#watched(shown).mirror.due(agesOf(standing));
  }

  refresh(shown: ShownTable, standing: Standing): Promise<void> {
    return this.#watched(shown).mirror.refresh(agesOf(standing));
  }

  /** Somebody opens the page of a table. */
  open(shown: ShownTable): void {
    this.#watched(shown).mirror.open(freshMs);
  }

  /** How old what the last look showed of a table may be; undefined before the first look. */
  ageMs(shown: ShownTable): number | undefined {
    return this.#watched(shown).mirror.ageMs;
  }

  /** How long to wait before the next request. */
  pauseMs(): number {
    return this.#pace.pauseMs;
  }

  /** Something was done to a table: what it changes is the next to be read. */
  changed(service: string, table: string, what: 'control' | 'holds'): void {
    const watched = this.#tables.get(keyOf({ service, table }));
    watched?.service.forget();
    watched?.mirror.outdate(what);
  }

  #requestsOf(service: DeployedService): DirectRequests {
    return service.ledgerRequests(() => this.#pace.request());
  }

  #watched(shown: ShownTable): Watched {
    const key = keyOf(shown);
    const known = this.#tables.get(key);
    if (known) return known;
    const service = this.#services.get(shown.service);
    if (!service) throw new TypeError(`the dashboard does not show a service ${shown.service}`);
    const mirror = new LedgerMirror(this.#requestsOf(service), () => this.#clock.monotonic());
    const watched = { service: service.watched({ ages, requests: mirror }), mirror };
    this.#tables.set(key, watched);
    return watched;
  }
}

function agesOf({ isOpen, isLive }: Standing): RecordAges {
  const ages = isLive ? agesOfRun : agesAtRest;
  if (isOpen) return ages;
  const { control, saves, settled, table, holds, rest } = ages;
  return { settled, control: ofLine * control, saves: ofLine * saves, table: ofLine * table, holds: ofLine * holds, rest: ofLine * rest };
}
