/**
 * Groups of files that import each other, directly or by way of others of the group: the strongly connected components of a graph
 * (Tarjan's algorithm).
 */
export function circlesIn(imports: readonly { file: string; imported: string | undefined }[]): string[][] {
  const importedBy = new Map<string, string[]>();
  for (const { file, imported } of imports) if (imported) importedBy.set(file, [...(importedBy.get(file) ?? []), imported]);

  const indexOf = new Map<string, number>();
  const lowestOf = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];

  function visit(file: string): void {
    const index = indexOf.size;
    let lowest = index;
    indexOf.set(file, index);
    open.push(file);
    for (const imported of importedBy.get(file) ?? []) {
      if (!indexOf.has(imported)) visit(imported);
      else if (!open.includes(imported)) continue;
      lowest = Math.min(lowest, lowestOf.get(imported) ?? indexOf.get(imported) ?? lowest);
    }
    lowestOf.set(file, lowest);
    if (lowest !== index) return;
    const group = open.splice(open.indexOf(file));
    if (group.length > 1 || importedBy.get(file)?.includes(file)) circles.push(group.sort());
  }

  for (const file of importedBy.keys()) if (!indexOf.has(file)) visit(file);
  return circles;
}
