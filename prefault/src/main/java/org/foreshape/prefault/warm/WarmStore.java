package org.foreshape.prefault.warm;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.foreshape.nativebindings.linux.CachedFile;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an {@link ImageMemory} in a file, one an image, replaced by an atomic rename. All numbers
 * are big-endian, texts as {@link DataOutputStream#writeUTF} writes them.
 *
 * <pre>
 *   u32 magic  u32 version  text path  u64 device  u64 inode  u64 size  u64 stepBytes  u32 types
 *     types x { text name  u32 runCount  f32 runs  u32 steps
 *       steps x { u32 step  f32 hits  f32 runs } }
 *   u32 CRC-32C of all before
 * </pre>
 */
final class WarmStore {
    private static final int MAGIC = 0x4653574D;
    private static final int VERSION = 1;
    private static final int CHECKSUM_BYTES = 4;
    private static final long FILE_BYTES_MAX = 256L << 20;
    private static final int NAME_BYTES = 16;

    private final Path folder;

    WarmStore(Path folder) {
        this.folder = folder;
    }

    /** What is kept of an image, and what was odd about the file; neither when there is no file. */
    record Loaded(@Nullable ImageMemory memory, String remark) {}

    /** Where an image's memory is kept. */
    Path fileOf(Path image) {
        byte[] name =
                image.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(name);
            String text = HexFormat.of().formatHex(Arrays.copyOf(hash, NAME_BYTES));
            return folder.resolve(text + ".warm");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** A file that cannot be used is as good as none; the remark says so. */
    Loaded load(Path image) {
        Path file = fileOf(image);
        try {
            long sizeBytes = Files.size(file);
            if (sizeBytes > FILE_BYTES_MAX) {
                return new Loaded(null, ignored(file, "it has " + sizeBytes + " bytes"));
            }
            byte[] bytes = Files.readAllBytes(file);
            int bodyBytes = bytes.length - CHECKSUM_BYTES;
            if (bodyBytes < 0
                    || ByteBuffer.wrap(bytes).getInt(bodyBytes) != checksum(bytes, bodyBytes)) {
                return new Loaded(null, ignored(file, "its checksum does not fit"));
            }
            return decode(file, image, bytes, bodyBytes);
        } catch (NoSuchFileException e) {
            return new Loaded(null, "");
        } catch (IOException e) {
            return new Loaded(null, ignored(file, "it cannot be read: " + e));
        }
    }

    /** Replaces the file; the old one stays whole until the new one is. */
    void save(Path image, ImageMemory memory) throws IOException {
        Files.createDirectories(folder);
        Path file = fileOf(image);
        byte[] body = encode(image, memory);
        ByteBuffer all = ByteBuffer.allocate(body.length + CHECKSUM_BYTES);
        all.put(body).putInt(checksum(body, body.length)).flip();
        Path draft = Files.createTempFile(folder, "draft", ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
                while (all.hasRemaining()) {
                    channel.write(all);
                }
                channel.force(true);
            }
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private static byte[] encode(Path image, ImageMemory memory) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeInt(MAGIC);
        out.writeInt(VERSION);
        out.writeUTF(image.toAbsolutePath().normalize().toString());
        out.writeLong(memory.identity().device());
        out.writeLong(memory.identity().inode());
        out.writeLong(memory.identity().sizeBytes());
        out.writeLong(memory.stepBytes());
        out.writeInt(memory.types().size());
        for (Map.Entry<String, StepScores> type : memory.types().entrySet()) {
            out.writeUTF(type.getKey());
            out.writeInt(type.getValue().runCount());
            out.writeFloat(type.getValue().runs());
            out.writeInt(type.getValue().scores().size());
            for (Map.Entry<Integer, StepScores.Score> score : type.getValue().scores().entrySet()) {
                out.writeInt(score.getKey());
                out.writeFloat(score.getValue().hits());
                out.writeFloat(score.getValue().runs());
            }
        }
        return bytes.toByteArray();
    }

    private static Loaded decode(Path file, Path image, byte[] bytes, int bodyBytes)
            throws IOException {
        var in = new DataInputStream(new ByteArrayInputStream(bytes, 0, bodyBytes));
        if (in.readInt() != MAGIC) {
            return new Loaded(null, ignored(file, "it is of another kind"));
        }
        int version = in.readInt();
        if (version != VERSION) {
            return new Loaded(null, ignored(file, "its version is " + version));
        }
        String path = in.readUTF();
        if (!path.equals(image.toAbsolutePath().normalize().toString())) {
            return new Loaded(null, ignored(file, "it is of " + path));
        }
        var identity = new CachedFile.Identity(in.readLong(), in.readLong(), in.readLong());
        long stepBytes = in.readLong();
        Map<String, StepScores> types = new LinkedHashMap<>();
        int typeCount = in.readInt();
        for (int type = 0; type < typeCount; type++) {
            String name = in.readUTF();
            int runCount = in.readInt();
            float runs = in.readFloat();
            int stepCount = in.readInt();
            var scores = new TreeMap<Integer, StepScores.Score>();
            for (int i = 0; i < stepCount; i++) {
                scores.put(in.readInt(), new StepScores.Score(in.readFloat(), in.readFloat()));
            }
            types.put(name, new StepScores(runCount, runs, scores));
        }
        return new Loaded(new ImageMemory(identity, stepBytes, types), "");
    }

    private static int checksum(byte[] bytes, int count) {
        var crc = new CRC32C();
        crc.update(bytes, 0, count);
        return (int) crc.getValue();
    }

    private static String ignored(Path file, String why) {
        return "what was learnt in " + file + " is ignored: " + why + "; it will be written anew";
    }
}
