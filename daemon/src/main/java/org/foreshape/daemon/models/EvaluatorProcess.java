package org.foreshape.daemon.models;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.ring.ParentProcess;

/**
 * {@code foreshape evaluate} as a niced process of its own, out of what this process runs from: a
 * heap that shapes VMs is no place to score a journal in.
 */
final class EvaluatorProcess {
    private static final String MODULE = "org.foreshape.daemon";
    private static final String MAIN_CLASS = "org.foreshape.daemon.Main";

    /** What the libraries need of the JVM, wherever this one runs from. */
    private static final List<String> HANDED_ON =
            List.of("--add-", "--enable-native", "--sun-misc", "-Dchronicle");

    private EvaluatorProcess() {}

    /** Its command line; temporary files go into the folder. */
    static List<String> command(List<String> arguments, Path temporary) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "nice",
                                "-n",
                                "10",
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx512m",
                                "-XX:+UseSerialGC",
                                ParentProcess.option(),
                                "-Djava.io.tmpdir=" + temporary));
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (HANDED_ON.stream().anyMatch(flag::startsWith)) {
                command.add(flag);
            }
        }
        String modulePath = System.getProperty("jdk.module.path");
        if (modulePath != null) {
            command.addAll(List.of("--module-path", modulePath, "-m", MODULE + "/" + MAIN_CLASS));
        } else {
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN_CLASS));
        }
        command.add("evaluate");
        command.addAll(arguments);
        return command;
    }
}
