package org.foreshape.inference;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Keeps ONNX Runtime from collecting usage data. Version 1.29 does so on Linux unless an
 * environment variable is set before its library loads, and its parsing of a long command line can
 * overflow the stack. The launcher sets the variable; this does it for every other way to start.
 */
final class OrtPrivacy {
    private static final String VARIABLE = "ORT_DISABLE_TELEMETRY";
    private static final int OVERWRITE = 1;

    private OrtPrivacy() {}

    /**
     * Sets the variable in this process's own environment, which is not what {@link
     * System#getenv()} shows. Call it before the library loads; again does no harm.
     *
     * @see <a href="https://man7.org/linux/man-pages/man3/setenv.3.html">setenv(3)</a>
     */
    @SuppressWarnings("restricted") // One C call of the standard library, with literal arguments.
    static void protect() {
        Linker linker = Linker.nativeLinker();
        MethodHandle setenv =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("setenv"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            int failed =
                    (int)
                            setenv.invokeExact(
                                    arena.allocateFrom(VARIABLE),
                                    arena.allocateFrom("1"),
                                    OVERWRITE);
            if (failed != 0) {
                throw new IllegalStateException("setenv " + VARIABLE + " failed");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("setenv " + VARIABLE + " failed", e);
        }
    }
}
