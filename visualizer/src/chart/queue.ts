/** A priority queue of numbers: what costs least comes first. */
export interface Queue {
  put(key: number, cost: number): void;
  /** The key that costs least, or `null`. */
  take(): number | null;
}

/** Two arrays of numbers, since an object for each entry would cost more than all of its moves. */
export function createQueue(): Queue {
  const keys: number[] = [];
  const costs: number[] = [];
  const costAt = (index: number) => costs[index] ?? Number.POSITIVE_INFINITY;

  function set(index: number, key: number, cost: number): void {
    keys[index] = key;
    costs[index] = cost;
  }

  function move(from: number, to: number): void {
    set(to, keys[from] ?? 0, costAt(from));
  }

  return {
    put(key, cost) {
      let index = keys.length;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if (costAt(parent) <= cost) break;
        move(parent, index);
        index = parent;
      }
      set(index, key, cost);
    },
    take() {
      const [least] = keys;
      const key = keys.pop();
      const cost = costs.pop();
      if (least === undefined || key === undefined || cost === undefined) return null;
      if (keys.length === 0) return least;
      let index = 0;
      for (;;) {
        const left = 2 * index + 1;
        const child = costAt(left + 1) < costAt(left) ? left + 1 : left;
        if (costAt(child) >= cost) break;
        move(child, index);
        index = child;
      }
      set(index, key, cost);
      return least;
    },
  };
}
