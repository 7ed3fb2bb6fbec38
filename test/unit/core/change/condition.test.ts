import { describe, expect, it } from 'vitest';
import { conditionFor, imageOf } from '../../../../core/change/condition.ts';
import { footprintOf } from '../../../../core/transformation/footprint.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { itemErrorOf } from '../../../support/refusal-of.ts';
import { type File, load, usersShape } from '../../../support/transformations.ts';

const id = { id: { S: 'u1' } };

function condition(image: Image, changed: string[], file: File = {}) {
  const transformation = load(file);
  const { equals, missing } = conditionFor(
    { ...id, ...image },
    changed,
    usersShape,
    footprintOf(transformation.declared, 'up'),
    transformation,
  );
  return { equals: imageOf(equals), missing: [...missing].sort() };
}

function wide(count: number): Image {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, { N: String(n) }]));
}

describe('the condition of a change', () => {
  it('holds every attribute that was read as it was read, without the key', () => {
    const image: Image = { name: { S: 'Grace' }, tags: { SS: ['a'] }, empty: { L: [] } };

    expect(condition(image, ['name'])).toEqual({ equals: image, missing: [] });
  });

  it('keeps away every name that the change or the file could write and that was missing', () => {
    const file: File = { adds: ['first', 'last'], overwrites: ['email'], removes: ['old'] };

    expect(condition({ last: { S: 'x' } }, ['first', 'other'], file)).toEqual({
      equals: { last: { S: 'x' } },
      missing: ['email', 'first', 'old', 'other'],
    });
  });

  it('keeps away what the file reads and what was missing, so that a decision on its absence still holds', () => {
    expect(condition({ name: { S: 'x' } }, ['first'], { adds: ['first'], reads: ['name', 'nick'] })).toEqual({
      equals: { name: { S: 'x' } },
      missing: ['first', 'nick'],
    });
  });

  it('keeps away names that every object inherits', () => {
    expect(condition({}, ['constructor'], { adds: ['toString'] }).missing).toEqual(['constructor', 'toString']);
  });

  it('is the version attribute and what the file may write, where the item has it', () => {
    const file: File = { adds: ['first'], overwrites: ['last'], versionAttribute: 'revision' };

    expect(condition({ revision: { N: '7' }, name: { S: 'x' }, last: { S: 'y' } }, ['first'], file)).toEqual({
      equals: { revision: { N: '7' }, last: { S: 'y' } },
      missing: ['first'],
    });
  });

  it('is everything, and that there still is no version attribute, where the item has none', () => {
    const file: File = { adds: ['first'], versionAttribute: 'revision' };

    expect(condition({ name: { S: 'x' } }, ['first'], file)).toEqual({ equals: { name: { S: 'x' } }, missing: ['first', 'revision'] });
    expect(condition({}, [], { versionAttribute: 'constructor' })).toEqual({ equals: {}, missing: ['constructor'] });
  });
});

describe('a condition that is too wide', () => {
  it('fails the item from the 149th attribute on, never less is compared', () => {
    expect(Object.keys(condition(wide(148), ['a1']).equals)).toHaveLength(148);

    const error = itemErrorOf(() => condition(wide(149), ['a1']));
    expect(error.name).toBe('TooWide');
    expect(error.message).toContain('has 149 attributes beside its key; a condition holds 148 of them');
    expect(error.message).toContain('export const reads = [...]');
  });

  it('counts the names that must stay away', () => {
    expect(condition(wide(147), ['new']).missing).toEqual(['new']);
    expect(itemErrorOf(() => condition(wide(148), ['new'])).message).toContain('a condition holds 147 of them');
  });

  it('never fails an item with a version attribute', () => {
    expect(condition({ ...wide(400), revision: { N: '1' } }, ['new'], { versionAttribute: 'revision' })).toEqual({
      equals: { revision: { N: '1' } },
      missing: ['new'],
    });
  });
});
