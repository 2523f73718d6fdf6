package org.foreshape.prefault.warm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.foreshape.nativebindings.linux.CachedFile;

/** Real files on a real file system, whose cache tests drop and look at. */
final class DiskImages {
    static final int MIB = 1 << 20;
    private static final long LIMIT_NS = 60_000_000_000L;
    private static final long AGAIN_NS = 2_000_000_000L;

    private DiskImages() {}

    /** A file that is on the disk and not in the cache. */
    static Path create(Path image, int mib) throws IOException {
        assumeTrue(
                !Files.getFileStore(image.getParent()).type().equals("tmpfs"),
                "skipped: the temporary folder is in memory; set -Djava.io.tmpdir to a disk");
        byte[] content = new byte[MIB];
        try (FileChannel channel =
                FileChannel.open(image, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int block = 0; block < mib; block++) {
                for (int at = 0; at < MIB; at += 512) {
                    content[at] = (byte) (block + at / 512);
                }
                channel.write(ByteBuffer.wrap(content));
            }
            channel.force(true);
        }
        drop(image);
        return image;
    }

    /** Drops all of a file from the cache. */
    static void drop(Path image) {
        try (CachedFile file = CachedFile.open(image)) {
            long endNs = System.nanoTime() + LIMIT_NS;
            do {
                assertThat(System.nanoTime()).as("dropped in time").isLessThan(endNs);
                file.drop(0, 0);
            } while (file.cachedBytes(0, file.identity().sizeBytes()) > 0);
        }
    }

    /** Bytes of a file in the cache. */
    static long cached(Path image) {
        return cached(image, 0, Long.MAX_VALUE >> 1);
    }

    /** Bytes of a part of a file in the cache. */
    static long cached(Path image, long offsetBytes, long lengthBytes) {
        try (CachedFile file = CachedFile.open(image)) {
            return file.cachedBytes(offsetBytes, lengthBytes);
        }
    }

    /** Reads whole blocks as a task would, without the kernel reading on by itself. */
    static void read(Path image, int... blocks) {
        try (CachedFile file = CachedFile.open(image)) {
            for (int block : blocks) {
                long endNs = System.nanoTime() + LIMIT_NS;
                long againNs = 0;
                while (file.cachedBytes((long) block * MIB, MIB) < MIB) {
                    long nowNs = System.nanoTime();
                    assertThat(nowNs).as("read in time").isLessThan(endNs);
                    if (againNs == 0 || nowNs > againNs) {
                        file.readAhead((long) block * MIB, MIB);
                        againNs = nowNs + AGAIN_NS;
                    }
                    Thread.onSpinWait();
                }
            }
        }
    }
}
