package org.foreshape.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A machine with two NUMA nodes, for what a host with one cannot show: QEMU with the lab's kernel,
 * in which a Java program runs on a runtime image made by jlink. It boots, runs the program, and is
 * gone.
 *
 * <pre>
 *   node 0: CPU 0, half of the memory      node 1: CPU 1, the other half      distance 21
 *   /dev/vda, ext4, read-only on /mnt:  jre/  classes/  bin/
 * </pre>
 */
public final class TwoNodeMachine {
    private static final Duration TOOL_LIMIT = Duration.ofMinutes(2);
    private static final String EXIT = "PROGRAM-EXIT rc=";

    /** The first process: like the lab's own, but with one program instead of a workload. */
    private static final String INIT =
            """
            #!/bin/busybox sh
            /bin/busybox --install -s /bin
            export PATH=/bin:/usr/bin:/usr/sbin:/sbin:/mnt/bin
            mount -t proc proc /proc
            mount -t sysfs sys /sys
            mount -t devtmpfs dev /dev
            mount -t tmpfs tmp /tmp
            while read -r module; do insmod "/m/$module.ko"; done < /m/order
            # Else the kernel would move memory on its own while the program does.
            echo 0 > /proc/sys/kernel/numa_balancing
            mkdir -p /mnt
            for try in 1 2 3 4 5 6 7 8 9 10; do
                mount -t ext4 -o ro /dev/vda /mnt && break
                sleep 0.3
            done
            echo "PROGRAM-START up=$(cut -d' ' -f1 /proc/uptime)"
            sh /mnt/run
            echo "@EXIT@$?"
            poweroff -f
            """
                    .replace("@EXIT@", EXIT);

    private final Path folder;
    private final int memoryMib;

    /**
     * A machine that is not built yet.
     *
     * @param folder an empty folder of the caller's, who removes it; needs 300 MiB
     * @param memoryMib memory of both nodes together, 512 to 8192
     */
    public TwoNodeMachine(Path folder, int memoryMib) {
        this.folder = folder;
        this.memoryMib = memoryMib;
    }

    /**
     * Says why such a machine cannot run here.
     *
     * @param programs further programs that will be copied into it
     * @return the reason; empty: it can
     * @throws LabException where something is missing, but the environment says that the lab is
     *     required
     */
    public static Optional<String> reasonToSkip(String... programs) {
        var wanted = new ArrayList<>(List.of("mkfs.ext4", "cpio", "gzip", "timeout"));
        wanted.addAll(List.of(programs));
        Optional<String> lacking =
                wanted.stream()
                        .filter(program -> Processes.find(program).isEmpty())
                        .findFirst()
                        .map(program -> "no two-node machine here: " + program + " is missing");
        if (lacking.isEmpty() && !Files.isExecutable(jlink())) {
            lacking = Optional.of("no two-node machine here: the JDK has no jlink");
        }
        if (lacking.isPresent() && "1".equals(System.getenv(Lab.REQUIRED))) {
            throw new LabException(lacking.get() + " (" + Lab.REQUIRED + "=1 forbids to skip)");
        }
        return lacking.isPresent() ? lacking : Lab.reasonToSkip();
    }

    /**
     * Builds it.
     *
     * @param classes folders or jars whose classes the program needs
     * @param mainClass the program's class
     * @param arguments the program's arguments
     * @param programs programs of this machine that it calls, by name or path; they lie on its path
     * @return this
     */
    public TwoNodeMachine build(
            List<Path> classes, String mainClass, List<String> arguments, List<String> programs) {
        try {
            Path disk = Files.createDirectories(folder.resolve("disk"));
            Path jre = disk.resolve("jre");
            tool(
                    jlink().toString(),
                    "--add-modules",
                    "java.base,java.management,jdk.management",
                    "--strip-debug",
                    "--no-man-pages",
                    "--no-header-files",
                    "--generate-cds-archive",
                    "--output",
                    jre.toString());
            var path = new ArrayList<String>();
            for (Path source : classes) {
                path.add("/mnt/" + copyClasses(source, disk, path.size()));
            }
            Path bin = Files.createDirectories(disk.resolve("bin"));
            for (String program : programs) {
                Path found = Processes.find(program).orElse(Path.of(program));
                Path copy = bin.resolve(String.valueOf(found.getFileName()));
                Files.copy(found, copy);
                copy.toFile().setExecutable(true);
            }
            copyLibraries(disk);
            Files.writeString(
                    disk.resolve("run"),
                    "export LD_LIBRARY_PATH=/mnt/lib\nexec /mnt/jre/bin/java -XX:TieredStopAtLevel=1 -Xshare:auto"
                            + " -XX:+UseSerialGC -Xmx48m --enable-native-access=ALL-UNNAMED -cp "
                            + String.join(":", path)
                            + " "
                            + mainClass
                            + " "
                            + String.join(" ", arguments)
                            + "\n");
            tool("mkfs.ext4", "-q", "-d", disk.toString(), image().toString(), "160M");
            buildInitrd();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Boots it, runs the program and returns when it is off. It is ended when it takes too long.
     *
     * @param limit how long boot and program may take
     * @return all lines of its console
     * @throws LabException it did not boot, or the program ended with another status than 0
     */
    public List<String> run(Duration limit) {
        Path console = folder.resolve("console");
        String half = Integer.toString(memoryMib / 2);
        Processes.Output output =
                Processes.run(
                        List.of(
                                "timeout",
                                "-k",
                                "5",
                                Long.toString(limit.toSeconds()),
                                "qemu-system-x86_64",
                                "-accel",
                                "tcg,thread=multi",
                                "-cpu",
                                "qemu64",
                                "-m",
                                Integer.toString(memoryMib),
                                "-smp",
                                "2",
                                "-object",
                                "memory-backend-ram,id=m0,size=" + half + "M",
                                "-object",
                                "memory-backend-ram,id=m1,size=" + half + "M",
                                "-numa",
                                "node,nodeid=0,cpus=0,memdev=m0",
                                "-numa",
                                "node,nodeid=1,cpus=1,memdev=m1",
                                "-numa",
                                "dist,src=0,dst=1,val=21",
                                "-display",
                                "none",
                                "-monitor",
                                "none",
                                "-no-reboot",
                                "-serial",
                                "file:" + console,
                                "-kernel",
                                Lab.imageFolder().resolve("vmlinuz").toString(),
                                "-initrd",
                                initrd().toString(),
                                "-append",
                                "console=ttyS0 panic=-1 quiet no_timer_check"
                                        + " rdinit=/two-nodes",
                                "-drive",
                                "file=" + image() + ",format=raw,if=virtio,readonly=on"),
                        limit.plusSeconds(20));
        List<String> lines = lines(console);
        if (!lines.contains(EXIT + "0")) {
            throw new LabException(
                    "the two-node machine did not do its work (QEMU ended with "
                            + output.exitStatus()
                            + " "
                            + output.stderr()
                            + "); its console: "
                            + String.join("\n", lines));
        }
        return lines;
    }

    private static List<String> lines(Path console) {
        try {
            return Files.exists(console)
                    ? Files.readString(console, StandardCharsets.ISO_8859_1)
                            .lines()
                            .map(String::strip)
                            .toList()
                    : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path jlink() {
        return Path.of(System.getProperty("java.home"), "bin", "jlink");
    }

    private Path image() {
        return folder.resolve("disk.img");
    }

    private Path initrd() {
        return folder.resolve("initrd.gz");
    }

    /** Copies a jar, or a folder of classes; returns its name on the disk. */
    private static String copyClasses(Path source, Path disk, int number) throws IOException {
        if (Files.isRegularFile(source)) {
            String name = number + ".jar";
            Files.copy(source, disk.resolve(name));
            return name;
        }
        String name = "classes" + number;
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Path copy = disk.resolve(name).resolve(source.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
        return name;
    }

    /** Copies the shared libraries of this machine that the runtime image and the programs need. */
    private static void copyLibraries(Path disk) throws IOException {
        var command = new ArrayList<>(List.of("ldd", disk.resolve("jre/bin/java").toString()));
        for (String folder : List.of("jre/lib", "jre/lib/server", "bin")) {
            try (Stream<Path> files = Files.list(disk.resolve(folder))) {
                files.filter(f -> folder.equals("bin") || f.toString().endsWith(".so"))
                        .forEach(f -> command.add(f.toString()));
            }
        }
        Path lib = Files.createDirectories(disk.resolve("lib"));
        // A static program makes ldd end with 1, after it has told of the others.
        String told = Processes.run(command, TOOL_LIMIT).stdout();
        for (String line : told.split("\n", -1)) {
            int arrow = line.indexOf("=> /");
            if (arrow >= 0) {
                Path library = Path.of(line.substring(arrow + 3).split(" ", -1)[0]);
                Path copy = lib.resolve(String.valueOf(library.getFileName()));
                if (!library.startsWith(disk) && !Files.exists(copy)) {
                    Files.copy(library, copy);
                }
            }
        }
    }

    /** The kernel unpacks one archive after the other, so ours is put behind the lab's. */
    private void buildInitrd() throws IOException {
        Path extra = Files.createDirectories(folder.resolve("initrd"));
        Path init = extra.resolve("two-nodes");
        Files.writeString(init, INIT);
        init.toFile().setExecutable(true);
        Path packed = folder.resolve("extra.gz");
        tool(
                "sh",
                "-c",
                "cd '%s' && echo two-nodes | cpio -o -H newc --quiet | gzip -9 > '%s'"
                        .formatted(extra, packed));
        try (var out = Files.newOutputStream(initrd())) {
            Files.copy(Lab.imageFolder().resolve("initrd.gz"), out);
            Files.copy(packed, out);
        }
    }

    private static void tool(String... command) {
        Processes.Output output = Processes.run(List.of(command), TOOL_LIMIT);
        if (output.exitStatus() != 0) {
            throw new LabException(
                    String.join(" ", command)
                            + " failed with "
                            + output.exitStatus()
                            + ": "
                            + output.stdout()
                            + output.stderr());
        }
    }
}
