import { describe, expect, it } from "vitest";
import { closest, nearest } from "../src/nearest.ts";

describe("nearest", () => {
  it("finds the word that one slip away is meant", () => {
    expect(nearest("gatis", ["slim", "gatys", "johnson"])).toBe("gatys");
    expect(nearest("styleWieght", ["styleWeight", "contentWeight"])).toBe("styleWeight");
  });

  it("ignores case but gives the word as it is written", () => {
    expect(nearest("STYLEWEIGHT", ["contentWeight", "styleWeight"])).toBe("styleWeight");
  });

  it("gives nothing when nothing is close", () => {
    expect(nearest("banana", ["slim", "gatys"])).toBeUndefined();
    expect(nearest("", ["slim"])).toBeUndefined();
    expect(nearest("slim", [])).toBeUndefined();
  });
});

describe("closest", () => {
  // Distances counted by hand.
  it.each([
    ["jpgg", ["png", "jpg", "jpeg", "webp"], "jpg"], // 3, 1, 2, 4
    ["pn", ["jpg", "png"], "png"], // 3, 1
    ["tif", ["png", "jpg", "webp"], "png"], // 3, 3, 4: the first of equals
    ["kitten", ["sitting", "mitten"], "mitten"], // 3, 1
    ["WEPB", ["jpeg", "webp"], "webp"], // 4 (or more), 2
  ])("to %s of %j is %s", (word, words, expected) => {
    expect(closest(word, words)).toBe(expected);
  });
});
