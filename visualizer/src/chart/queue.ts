/** A priority queue of numbers: what costs least comes first. */
export interface Queue {
  put(key: number, cost: number): void;
  take(): { readonly key: number; readonly cost: number } | null;
}

export function createQueue(): Queue {
  const heap: { readonly key: number; readonly cost: number }[] = [];
  const costAt = (index: number) => heap[index]?.cost ?? Number.POSITIVE_INFINITY;

  function swap(a: number, b: number): void {
    const first = heap[a];
    const second = heap[b];
    if (first === undefined || second === undefined) return;
    heap[a] = second;
    heap[b] = first;
  }

  return {
    put(key, cost) {
      let index = heap.push({ key, cost }) - 1;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if (costAt(parent) <= cost) break;
        swap(index, parent);
        index = parent;
      }
    },
    take() {
      const [least] = heap;
      const last = heap.pop();
      if (least === undefined || last === undefined) return null;
      if (heap.length > 0) {
        heap[0] = last;
        for (let index = 0; ; ) {
          const left = 2 * index + 1;
          const child = costAt(left + 1) < costAt(left) ? left + 1 : left;
          if (costAt(child) >= last.cost) break;
          swap(index, child);
          index = child;
        }
      }
      return least;
    },
  };
}
