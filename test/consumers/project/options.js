/** Nothing: the embedded network is found by itself. */
export const options = {};
