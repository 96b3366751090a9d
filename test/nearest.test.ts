import { describe, expect, it } from "vitest";
import { nearest } from "../src/nearest.ts";

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
