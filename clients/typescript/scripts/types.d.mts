export const TARGET: URL;
export function render(): Promise<string>;
