import type { HTMLAttributes } from "react";

interface WordsProps extends HTMLAttributes<HTMLSpanElement> {
  children: string;
}

/**
 * A text that may change in place. A page translator replaces text nodes by elements of its own, and a change of the
 * replaced node would not show. So another text is another element.
 */
export function Words({ children, ...attributes }: WordsProps) {
  return (
    <span key={children} {...attributes}>
      {children}
    </span>
  );
}
