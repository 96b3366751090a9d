/** Writing files in Node: `checkOutput`, `outputFormat` and `writeImage`. */
import { mkdirSync, symlinkSync } from "node:fs";
import fs from "node:fs/promises";
import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { writeImage } from "#image";
import { InvalidOptionError, OutputError } from "../../src/errors.ts";
import * as browser from "../../src/image/codec.browser.ts";
import { loadImage } from "../../src/image/load.ts";
import { checkOutput, outputFormat } from "../../src/image/output.ts";
import type { StepReport } from "../../src/nst/options.ts";
import { makeResult, type SaveOptions } from "../../src/nst/result.ts";
import { patterned } from "./fixtures.ts";
import { asOtherUser, inFolder } from "./folders.ts";

const NEW = new TextEncoder().encode("new");

afterEach(() => {
  vi.restoreAllMocks();
});

/** The message of the OutputError that a call throws. */
async function refusal(attempt: Promise<void>): Promise<string> {
  const error = await attempt.then(
    () => new Error("it was allowed"),
    (reason: unknown) => reason as Error,
  );
  expect(error).toBeInstanceOf(OutputError);
  return error.message;
}

/** What Node's permission model says of a file that it has let be written. */
const NO_FSYNC = Object.assign(new Error("fsync API is disabled when Permission Model is enabled."), {
  code: "ERR_ACCESS_DENIED",
});

/** A system error as Node reports it. */
function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the system says`), { code });
}

describe("outputFormat", () => {
  it.each([
    ["a.png", "png"],
    ["a.jpg", "jpeg"],
    ["a.jpeg", "jpeg"],
    ["some.folder/a.b.webp", "webp"],
    ["A.JPG", "jpeg"],
  ])("knows %s as %s", (path, format) => {
    expect(outputFormat(path)).toBe(format);
  });

  it.each([
    ["out.jpgg", 'Did you mean "out.jpg"?'],
    ["a.b/out.wepb", 'Did you mean "a.b/out.webp"?'],
    ["out.pgn", 'Did you mean "out.png"?'],
    ["out", 'Did you mean "out.png"?'],
    ["some.folder/out", 'Did you mean "some.folder/out.png"?'],
    ["out.", 'Did you mean "out.png"?'],
    [".png", "has no extension"],
    ["out.tiff", "known are png, jpg, jpeg, webp"],
  ])("refuses %s", (path, hint) => {
    expect(() => outputFormat(path)).toThrow(OutputError);
    expect(() => outputFormat(path)).toThrow(hint);
  });
});

describe("checkOutput", () => {
  it("allows a new file, and an existing one with force", async () => {
    await inFolder(async (folder) => {
      await checkOutput(folder.path("a.png"));
      await checkOutput(folder.write("b.png", "old"), { force: true });
      expect(folder.list()).toEqual(["b.png"]);
    });
  });

  it("refuses an unknown extension", async () => {
    expect(await refusal(checkOutput("a.gif"))).toContain('".gif"');
  });

  it("refuses an existing file without force", async () => {
    await inFolder(async (folder) => {
      const path = folder.write("a.png", "old");
      expect(await refusal(checkOutput(path))).toBe(
        `"${path}" exists already. Pass --force (in code: force: true) to overwrite it.`,
      );
    });
  });

  it("refuses a directory, forced or not", async () => {
    await inFolder(async (folder) => {
      mkdirSync(folder.path("a.png"));
      expect(await refusal(checkOutput(folder.path("a.png")))).toContain("is a directory");
      expect(await refusal(checkOutput(folder.path("a.png"), { force: true }))).toContain("is a directory");
    });
  });

  it("refuses a missing folder, and a file in its place", async () => {
    await inFolder(async (folder) => {
      expect(await refusal(checkOutput(folder.path("no/a.png")))).toContain("its folder does not exist");
      folder.write("file", "");
      expect(await refusal(checkOutput(folder.path("file/a.png")))).toContain("not a folder");
    });
  });

  it("looks at the folder that a symbolic link leads to", async () => {
    await inFolder(async (folder) => {
      mkdirSync(folder.path("other"));
      symlinkSync("other/new.png", folder.path("link.png"));
      const access = vi.spyOn(fs, "access");
      await checkOutput(folder.path("link.png"));
      expect(access.mock.calls.map(([path]) => path)).toEqual([folder.path("other")]);
      access.mockRestore();
      symlinkSync("missing/new.png", folder.path("lost.png"));
      expect(await refusal(checkOutput(folder.path("lost.png")))).toContain("its folder does not exist");
    });
  });

  it("refuses a URL, which is no path", async () => {
    expect(await refusal(checkOutput("file:///a.png"))).toBe('Cannot write "file:///a.png": it is a URL. Give a path.');
  });

  it("refuses a folder that is not writable", async () => {
    await inFolder(async (folder) => {
      // access(2) asks for the real user, which a test run by root cannot leave and come back to.
      const access = vi.spyOn(fs, "access").mockRejectedValue(systemError("EACCES"));
      expect(await refusal(checkOutput(folder.path("a.png")))).toContain("its folder is not writable");
      const [asked, mode] = access.mock.calls[0];
      expect([asked, mode! & fs.constants.W_OK]).toEqual([folder.path("."), fs.constants.W_OK]);
    });
  });
});

describe("writeImage", () => {
  it("writes where Node's permission model forbids to flush, which Node says when all is written", async () => {
    await inFolder(async (folder) => {
      const { writeFile } = fs;
      const write = vi.spyOn(fs, "writeFile").mockImplementation(async (...parameters) => {
        await writeFile(...parameters);
        throw NO_FSYNC;
      });
      await writeImage(folder.path("a.png"), NEW);
      expect(write).toHaveBeenCalledOnce();
      expect(folder.read("a.png")).toBe("new");
      expect(folder.list()).toEqual(["a.png"]);
    });
  });

  it("writes a file and nothing else", async () => {
    await inFolder(async (folder) => {
      await writeImage(folder.path("a.png"), NEW);
      expect(folder.read("a.png")).toBe("new");
      expect(folder.list()).toEqual(["a.png"]);
    });
  });

  it("replaces an existing file only with force", async () => {
    await inFolder(async (folder) => {
      const path = folder.write("a.png", "old");
      expect(await refusal(writeImage(path, NEW))).toContain("--force");
      expect(folder.read("a.png")).toBe("old");
      await writeImage(path, NEW, { force: true });
      expect(folder.read("a.png")).toBe("new");
      expect(folder.list()).toEqual(["a.png"]);
    });
  });

  it("replaces what a symbolic link points to", async () => {
    await inFolder(async (folder) => {
      const target = folder.write("target.png", "old");
      symlinkSync(target, folder.path("link.png"));
      await writeImage(folder.path("link.png"), NEW, { force: true });
      expect(folder.read("target.png")).toBe("new");
      expect(folder.list()).toEqual(["link.png", "target.png"]);
    });
  });

  it("makes what a symbolic link will point to, along links", async () => {
    await inFolder(async (folder) => {
      mkdirSync(folder.path("other"));
      symlinkSync("other/next.png", folder.path("link.png"));
      symlinkSync("new.png", folder.path("other/next.png"));
      await writeImage(folder.path("link.png"), NEW);
      expect(folder.read("other/new.png")).toBe("new");
      expect(folder.list()).toEqual(["link.png", "other"]);
      symlinkSync("loop.png", folder.path("loop.png"));
      expect(await refusal(writeImage(folder.path("loop.png"), NEW))).toContain("loop.png");
    });
  });

  it("leaves the old file and no other when the disk is full", async () => {
    await inFolder(async (folder) => {
      const path = folder.write("a.png", "old");
      const writeFile = fs.writeFile;
      vi.spyOn(fs, "writeFile").mockImplementation(async (file, _data, options) => {
        await writeFile(file, "n", options); // the disk takes a part
        throw systemError("ENOSPC");
      });
      expect(await refusal(writeImage(path, NEW, { force: true }))).toContain("the disk is full");
      expect(folder.read("a.png")).toBe("old");
      expect(folder.list()).toEqual(["a.png"]);
    });
  });

  it("leaves the old file and no other when it cannot be renamed", async () => {
    await inFolder(async (folder) => {
      const path = folder.write("a.png", "old");
      vi.spyOn(fs, "rename").mockRejectedValue(systemError("EIO"));
      expect(await refusal(writeImage(path, NEW, { force: true }))).toContain("EIO");
      expect(folder.read("a.png")).toBe("old");
      expect(folder.list()).toEqual(["a.png"]);
    });
  });

  it("never shows a half-written file under its name", async () => {
    await inFolder(async (folder) => {
      const path = folder.write("a.png", "old");
      const rename = fs.rename;
      vi.spyOn(fs, "rename").mockImplementation(async (from, to) => {
        expect(folder.read("a.png")).toBe("old");
        expect(folder.list()).toHaveLength(2); // the temporary file is in the same folder
        await rename(from, to);
      });
      await writeImage(path, NEW, { force: true });
      expect(folder.read("a.png")).toBe("new");
    });
  });

  it("refuses a missing folder and a folder without permission", async () => {
    await inFolder(async (folder) => {
      expect(await refusal(writeImage(folder.path("no/a.png"), NEW))).toContain("its folder does not exist");
      const attempt = () => refusal(writeImage(folder.path("a.png"), NEW));
      folder.setMode("", 0o555);
      expect(await asOtherUser(attempt)).toContain("its folder is not writable");
      expect(folder.list()).toEqual([]);
    });
  });
});

describe("writeImage of two at once", () => {
  const OLD = new TextEncoder().encode("old");

  it.each([
    ["with hard links", undefined],
    ["without them", "EPERM"],
    ["where Node's permission model forbids them", "ERR_ACCESS_DENIED"],
  ])("lets one succeed and refuses the other, %s", async (_system, code) => {
    await inFolder(async (folder) => {
      const path = folder.path("a.png");
      if (code) vi.spyOn(fs, "link").mockRejectedValue(systemError(code));
      const texts = ["one", "two", "six"];
      const outcomes = await Promise.allSettled(texts.map((each) => writeImage(path, new TextEncoder().encode(each))));
      const written = outcomes.flatMap(({ status }, index) => (status === "fulfilled" ? [texts[index]] : []));
      expect(written).toEqual([folder.read("a.png")]);
      expect(folder.list()).toEqual(["a.png"]);
      for (const outcome of outcomes) {
        if (outcome.status === "fulfilled") continue;
        expect(outcome.reason).toBeInstanceOf(OutputError);
        expect(outcome.reason.message).toBe(
          `"${path}" exists already. Pass --force (in code: force: true) to overwrite it.`,
        );
      }
    });
  });

  it("leaves a file alone that comes while it writes", async () => {
    await inFolder(async (folder) => {
      const path = folder.path("a.png");
      const writeFile = fs.writeFile;
      vi.spyOn(fs, "writeFile").mockImplementationOnce(async (...parameters) => {
        await writeFile(...parameters);
        await writeFile(path, OLD);
      });
      expect(await refusal(writeImage(path, NEW))).toContain("exists already");
      expect(folder.read("a.png")).toBe("old");
      expect(folder.list()).toEqual(["a.png"]);
    });
  });

  it("leaves nothing when neither a link nor a new name can be had", async () => {
    await inFolder(async (folder) => {
      vi.spyOn(fs, "link").mockRejectedValue(systemError("ENOSYS"));
      vi.spyOn(fs, "rename").mockRejectedValue(systemError("EIO"));
      expect(await refusal(writeImage(folder.path("a.png"), NEW))).toContain("EIO");
      expect(folder.list()).toEqual([]);
    });
  });
});

it("a path of megabytes is not repeated", async () => {
  const path = "iVBORw0KGgo".repeat(500_000);
  for (const attempt of [() => writeImage(`${path}.png`, NEW), () => checkOutput(`a.${path.slice(0, 10_000)}`)]) {
    const error = await attempt().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OutputError);
    expect(inspect(error).length).toBeLessThan(5000);
  }
  expect(await refusal(writeImage(path, NEW))).toContain("the path is too long. Choose a shorter one.");
});

describe("the save of a result", () => {
  const picture = patterned(4, 3);
  const save = (path: string, options?: unknown) =>
    makeResult(picture, [], { info: {} } as StepReport).save(path, options as SaveOptions);

  it("writes by the extension, in the quality asked for", async () => {
    await inFolder(async (folder) => {
      await save(folder.path("a.png"));
      expect(await loadImage(folder.path("a.png"))).toEqual(picture);
      await save(folder.path("low.jpg"), { quality: 0.1 });
      await save(folder.path("high.jpg"), { quality: 1, force: false });
      const [low, high] = ["low.jpg", "high.jpg"].map((name) => folder.read(name).length);
      expect(low).toBeLessThan(high);
      await expect(save(folder.path("a.png"))).rejects.toThrow("exists already");
      await save(folder.path("a.png"), { force: true });
    });
  });

  it.each([
    [{ qualty: 0.5 }, 'qualty is no option of save. Did you mean "quality"? Known are force, quality.'],
    [{ overwrite: true }, "overwrite is no option of save. Known are force, quality."],
    [{ force: "no" }, 'force is "no". Give true or false.'],
    [{ quality: 7 }, "The quality is 7. Use a number from 0 to 1."],
    [{ quality: Number.NaN }, "The quality is NaN. Use a number from 0 to 1."],
    [{ quality: "x" }, 'The quality is "x". Use a number from 0 to 1.'],
    [0.5, "The options are 0.5. Give an object such as { force: true }."],
    [null, "The options are null. Give an object such as { force: true }."],
  ])("refuses the options %j, and writes nothing", async (options, message) => {
    await inFolder(async (folder) => {
      await expect(save(folder.path("a.jpg"), options)).rejects.toThrow(new InvalidOptionError(message));
      await expect(save(folder.path("a.png"), options)).rejects.toBeInstanceOf(InvalidOptionError);
      expect(folder.list()).toEqual([]);
    });
  });
});

describe("the browser's twin", () => {
  it("refuses to write files and says what to do instead", async () => {
    expect(await refusal(browser.checkTarget("a.png"))).toContain("Blob");
    expect(await refusal(browser.writeImage("a.png", NEW))).toContain("Blob");
  });
});
