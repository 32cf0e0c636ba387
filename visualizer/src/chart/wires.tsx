import { type RefObject, useEffect, useMemo, useState } from 'react';
import type { ChartDefinition } from './definition.ts';
import type { Rect } from './geometry.ts';
import type { Room } from './router.ts';
import { wirePaths } from './wire-paths.ts';

interface Props {
  readonly chart: ChartDefinition;
  /** The positioned element that the state boxes are in. */
  readonly frame: RefObject<HTMLElement | null>;
  /** Wires out of the state that is shown. */
  readonly lit: ReadonlySet<string>;
  /** The wires of the transitions that were taken last. */
  readonly taken: ReadonlySet<string>;
  /** Wires of the one line of text that is pointed at. */
  readonly pointed: string | null;
}

/** Every transition as a faint line between the state boxes, those that matter now in colour. The lines of text have the same content. */
export function Wires({ chart, frame, lit, taken, pointed }: Props) {
  const room = useRoom(frame);
  const paths = useMemo(() => (room === null ? [] : wirePaths(chart, room)), [chart, room]);
  const drawn = paths
    .map(({ key, path }) => {
      const look = key === pointed ? 'pointed' : taken.has(key) ? 'taken' : lit.has(key) ? 'lit' : 'faint';
      return { key, look, path };
    })
    .sort((a, b) => LOOKS.indexOf(a.look) - LOOKS.indexOf(b.look));
  return (
    <svg className="wires" aria-hidden="true" width={room?.width ?? 0} height={room?.height ?? 0}>
      <defs>
        {LOOKS.slice(1).map((look) => (
          <marker
            key={look}
            id={`tip-${look}`}
            className={`wire-tip ${look}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0.5 0.5L7.5 4L0.5 7.5Z" />
          </marker>
        ))}
      </defs>
      {drawn.map(({ key, look, path }) => (
        <path
          key={key}
          data-wire={key}
          className={`wire ${look}`}
          d={path}
          markerEnd={look === 'faint' ? undefined : `url(#tip-${look})`}
        />
      ))}
    </svg>
  );
}

const LOOKS = ['faint', 'lit', 'taken', 'pointed'];

/** Where the boxes are on the screen, now and after every change of their sizes. */
function useRoom(frame: RefObject<HTMLElement | null>): Room | null {
  const [room, setRoom] = useState<Room | null>(null);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setRoom(measure(element)));
    observer.observe(element);
    for (const box of element.querySelectorAll('[data-state]')) observer.observe(box);
    return () => observer.disconnect();
  }, [frame]);
  return room;
}

function measure(frame: HTMLElement): Room {
  const origin = frame.getBoundingClientRect();
  const rectOf = (element: Element): Rect => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return {
      left: Math.round(left - origin.left),
      top: Math.round(top - origin.top),
      right: Math.round(right - origin.left),
      bottom: Math.round(bottom - origin.top),
    };
  };
  const boxes = [...frame.querySelectorAll<HTMLElement>('[data-state]')];
  return {
    width: Math.round(origin.width),
    height: Math.round(origin.height),
    boxes: new Map(boxes.map((box) => [box.dataset.state ?? '', rectOf(box)])),
    obstacles: [...frame.querySelectorAll('[data-obstacle]')].map(rectOf),
  };
}
