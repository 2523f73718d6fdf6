package org.foreshape.daemon.engine;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.module.ResolvedModule;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Makes the string constants of the code that the engine's thread may run, ahead of it.
 *
 * <p>When a method is first compiled for good, HotSpot resolves every string constant of its class
 * on the thread that called the method once too often ({@code CompileBroker::compile_method}), be
 * it after an hour. A constant that is interned already is found instead of made, so the thread
 * allocates nothing then. The table of interned strings holds them weakly: whoever asked keeps
 * them. JVM Specification, 5.1 and {@link String#intern}.
 */
final class StringConstants {
    /** What the engine calls in the JDK itself; the rest of it is not worth the start's time. */
    private static final List<String> JDK_PACKAGES =
            List.of(
                    "java/lang/",
                    "java/nio/",
                    "java/util/",
                    "jdk/internal/foreign/",
                    "jdk/internal/misc/",
                    "jdk/internal/util/",
                    "jdk/internal/vm/",
                    "sun/nio/ch/");

    /** Below these the JDK has what only a compiler of lambdas or a formatter of dates calls. */
    private static final List<String> JDK_PACKAGES_LEFT_OUT =
            List.of(
                    "java/lang/classfile/",
                    "java/lang/module/",
                    "java/util/jar/",
                    "java/util/spi/",
                    "java/util/stream/",
                    "java/util/zip/");

    private static final List<String> MODULES = List.of("org.foreshape.", "chronicle.");

    private static final List<String> OTHER_MODULES =
            List.of("com.lmax.disruptor", "HdrHistogram", "org.agrona");

    private final Set<String> constants = new HashSet<>();
    private final AbstractMethodMessages messages = new AbstractMethodMessages();

    private StringConstants() {}

    /**
     * Interns those of the modules that this JVM runs. Takes some hundred milliseconds.
     *
     * @return the constants; while they are reachable they stay interned
     * @throws IOException when a module cannot be read
     */
    static Set<String> ofEngine() throws IOException {
        StringConstants own = new StringConstants();
        for (ResolvedModule module : ModuleLayer.boot().configuration().modules()) {
            String name = module.name();
            if (name.equals("java.base")) {
                own.take(module.reference(), StringConstants::isOfJdk);
            } else if (MODULES.stream().anyMatch(name::startsWith)
                    || OTHER_MODULES.contains(name)) {
                own.take(module.reference(), file -> true);
            }
        }
        own.messages.forEach(own::intern);
        return own.constants;
    }

    /** Interns those of some classes, as {@link #ofEngine} does. */
    static Set<String> of(List<byte[]> classFiles) {
        StringConstants own = new StringConstants();
        classFiles.forEach(own::take);
        own.messages.forEach(own::intern);
        return own.constants;
    }

    private static boolean isOfJdk(String file) {
        return JDK_PACKAGES.stream().anyMatch(file::startsWith)
                && JDK_PACKAGES_LEFT_OUT.stream().noneMatch(file::startsWith);
    }

    private void take(ModuleReference module, Predicate<String> wanted) throws IOException {
        try (ModuleReader reader = module.open();
                Stream<String> files = reader.list()) {
            List<String> classes =
                    files.filter(file -> file.endsWith(".class") && wanted.test(file)).toList();
            for (String file : classes) {
                ByteBuffer content = reader.read(file).orElseThrow();
                byte[] bytes = new byte[content.remaining()];
                content.get(bytes);
                reader.release(content);
                take(bytes);
            }
        }
    }

    private void take(byte[] classFile) {
        ClassModel model = ClassFile.of().parse(classFile);
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof StringEntry string) {
                intern(string.stringValue());
            }
        }
        messages.add(model);
    }

    private void intern(String constant) {
        constants.add(constant.intern());
    }
}
