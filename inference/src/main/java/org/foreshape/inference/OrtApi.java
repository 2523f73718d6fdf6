package org.foreshape.inference;

import ai.onnxruntime.OrtEnvironment;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/**
 * ONNX Runtime's C API, by slot of its append-only function table
 * (https://onnxruntime.ai/docs/api/c/struct_ort_api.html). The library is the one that the Java API
 * unpacks and loads, so both speak to the same version.
 *
 * <p>Every call that returns a status throws {@link OrtFailure} with the runtime's own message.
 * Handles are raw addresses. Thread-safe where ONNX Runtime is.
 */
// Restricted: this class binds C functions; every pointer it passes is one that it got from them,
// or a segment that its caller keeps alive.
@SuppressWarnings("restricted")
final class OrtApi {
    static final int GET_ERROR_MESSAGE = 2;
    static final int CREATE_ENV = 3;
    static final int CREATE_SESSION_FROM_ARRAY = 8;
    static final int CREATE_SESSION_OPTIONS = 10;
    static final int SET_GRAPH_OPTIMIZATION_LEVEL = 23;
    static final int SET_INTRA_OP_THREADS = 24;
    static final int SET_INTER_OP_THREADS = 25;
    static final int CREATE_TENSOR_WITH_DATA = 49;
    static final int CREATE_CPU_MEMORY_INFO = 69;
    static final int RELEASE_ENV = 92;
    static final int RELEASE_STATUS = 93;
    static final int RELEASE_MEMORY_INFO = 94;
    static final int RELEASE_SESSION = 95;
    static final int RELEASE_VALUE = 96;
    static final int RELEASE_SESSION_OPTIONS = 100;
    static final int ADD_SESSION_CONFIG_ENTRY = 130;
    static final int RUN_WITH_BINDING = 133;
    static final int CREATE_IO_BINDING = 134;
    static final int RELEASE_IO_BINDING = 135;
    static final int BIND_INPUT = 136;
    static final int BIND_OUTPUT = 137;
    static final int APPEND_CUDA = 204;
    static final int CREATE_CUDA_OPTIONS = 205;
    static final int RELEASE_CUDA_OPTIONS = 208;

    /** The oldest table that has every slot above; any newer library hands it out, too. */
    private static final int TABLE_VERSION = 20;

    private static final int SLOT_COUNT = 209;
    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final Linker LINKER = Linker.nativeLinker();

    /** Handles by the shape of the call; the function's address is the first argument. */
    private static final MethodHandle TABLE =
            LINKER.downcallHandle(FunctionDescriptor.of(POINTER, INT));

    private static final MethodHandle VOID_P =
            LINKER.downcallHandle(FunctionDescriptor.ofVoid(LONG));
    private static final MethodHandle P_P =
            LINKER.downcallHandle(FunctionDescriptor.of(POINTER, POINTER));
    private static final MethodHandle L_PI =
            LINKER.downcallHandle(FunctionDescriptor.of(LONG, LONG, INT));
    private static final MethodHandle L_LL =
            LINKER.downcallHandle(FunctionDescriptor.of(LONG, LONG, LONG));
    private static final MethodHandle L_LLL =
            LINKER.downcallHandle(FunctionDescriptor.of(LONG, LONG, LONG, LONG));
    private static final MethodHandle L_IPP =
            LINKER.downcallHandle(FunctionDescriptor.of(LONG, INT, POINTER, POINTER));
    private static final MethodHandle L_IIP =
            LINKER.downcallHandle(FunctionDescriptor.of(LONG, INT, INT, POINTER));
    private static final MethodHandle L_P =
            LINKER.downcallHandle(FunctionDescriptor.of(LONG, POINTER));
    private static final MethodHandle L_LPP =
            LINKER.downcallHandle(FunctionDescriptor.of(LONG, LONG, POINTER, POINTER));
    private static final MethodHandle L_LPL =
            LINKER.downcallHandle(FunctionDescriptor.of(LONG, LONG, POINTER, LONG));
    private static final MethodHandle L_SESSION =
            LINKER.downcallHandle(FunctionDescriptor.of(LONG, LONG, POINTER, LONG, LONG, POINTER));
    private static final MethodHandle L_TENSOR =
            LINKER.downcallHandle(
                    FunctionDescriptor.of(LONG, LONG, POINTER, LONG, POINTER, LONG, INT, POINTER));

    private final MemorySegment[] function = new MemorySegment[SLOT_COUNT];
    private final MemorySegment runWithBinding;

    private OrtApi(MemorySegment table) {
        for (int slot = 0; slot < SLOT_COUNT; slot++) {
            function[slot] = table.getAtIndex(POINTER, slot);
        }
        runWithBinding = function[RUN_WITH_BINDING];
    }

    /**
     * Binds the API of the loaded library.
     *
     * @throws OrtFailure when the library lacks it; the message says what is missing
     */
    static OrtApi load() {
        OrtPrivacy.protect();
        // Unpacks and loads the library, in the class loader that loaderLookup() looks into.
        OrtEnvironment.getEnvironment();
        MemorySegment base =
                SymbolLookup.loaderLookup()
                        .find("OrtGetApiBase")
                        .orElseThrow(() ->
                                new OrtFailure("the ONNX Runtime library has no OrtGetApiBase"));
        try {
            MemorySegment functions =
                    ((MemorySegment)
                                    LINKER.downcallHandle(base, FunctionDescriptor.of(POINTER))
                                            .invokeExact())
                            .reinterpret(2 * POINTER.byteSize());
            MemorySegment getApi = functions.getAtIndex(POINTER, 0);
            MemorySegment table = (MemorySegment) TABLE.invokeExact(getApi, TABLE_VERSION);
            if (table.equals(MemorySegment.NULL)) {
                throw new OrtFailure("the ONNX Runtime library is older than 1." + TABLE_VERSION);
            }
            return new OrtApi(
                    table.reinterpret(MemoryLayout.sequenceLayout(SLOT_COUNT, POINTER).byteSize()));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Runs a bound session; the only call of the tick path. Returns the status, 0 for success. */
    long runWithBinding(long session, long binding) {
        try {
            return (long) L_LLL.invokeExact(runWithBinding, session, 0L, binding);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Reads and releases a status. */
    String takeMessage(long status) {
        try {
            MemorySegment text =
                    (MemorySegment)
                            P_P.invokeExact(
                                    function[GET_ERROR_MESSAGE], MemorySegment.ofAddress(status));
            String message = text.reinterpret(Long.MAX_VALUE).getString(0);
            release(RELEASE_STATUS, status);
            return message.strip();
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    void release(int slot, long handle) {
        if (handle == 0) {
            return;
        }
        try {
            VOID_P.invokeExact(function[slot], handle);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    long createEnv(String logId) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            // Log level 4, fatal: a refused execution provider is told by its status, not on
            // stderr.
            check(
                    (long)
                            L_IPP.invokeExact(
                                    function[CREATE_ENV], 4, arena.allocateFrom(logId), out));
            return out.get(LONG, 0);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    long createSessionOptions() {
        return create(CREATE_SESSION_OPTIONS);
    }

    long createCudaOptions() {
        return create(CREATE_CUDA_OPTIONS);
    }

    private long create(int slot) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            check((long) L_P.invokeExact(function[slot], out));
            return out.get(LONG, 0);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    void appendCuda(long options, long cudaOptions) {
        try {
            check((long) L_LL.invokeExact(function[APPEND_CUDA], options, cudaOptions));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    void setOption(int slot, long options, int value) {
        try {
            check((long) L_PI.invokeExact(function[slot], options, value));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    void addConfigEntry(long options, String key, String value) {
        try (Arena arena = Arena.ofConfined()) {
            check(
                    (long)
                            L_LPP.invokeExact(
                                    function[ADD_SESSION_CONFIG_ENTRY],
                                    options,
                                    arena.allocateFrom(key, StandardCharsets.UTF_8),
                                    arena.allocateFrom(value, StandardCharsets.UTF_8)));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    long createSession(long env, byte[] model, long options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            check(
                    (long)
                            L_SESSION.invokeExact(
                                    function[CREATE_SESSION_FROM_ARRAY],
                                    env,
                                    arena.allocateFrom(ValueLayout.JAVA_BYTE, model),
                                    (long) model.length,
                                    options,
                                    out));
            return out.get(LONG, 0);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    long createCpuMemoryInfo() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            check((long) L_IIP.invokeExact(function[CREATE_CPU_MEMORY_INFO], 0, 0, out));
            return out.get(LONG, 0);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** A float tensor over memory that the caller keeps alive longer than the tensor. */
    long createTensor(long memoryInfo, MemorySegment data, long... shape) {
        long bytes = 4;
        for (long dimension : shape) {
            bytes *= dimension;
        }
        if (bytes > data.byteSize()) {
            throw new IllegalArgumentException(
                    "A tensor of " + bytes + " B does not fit in " + data.byteSize() + " B.");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            check(
                    (long)
                            L_TENSOR.invokeExact(
                                    function[CREATE_TENSOR_WITH_DATA],
                                    memoryInfo,
                                    data,
                                    bytes,
                                    arena.allocateFrom(LONG, shape),
                                    (long) shape.length,
                                    1,
                                    out));
            return out.get(LONG, 0);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    long createIoBinding(long session) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONG);
            check((long) L_LL.invokeExact(function[CREATE_IO_BINDING], session, out.address()));
            return out.get(LONG, 0);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    void bind(int slot, long binding, String name, long tensor) {
        try (Arena arena = Arena.ofConfined()) {
            check(
                    (long)
                            L_LPL.invokeExact(
                                    function[slot], binding, arena.allocateFrom(name), tensor));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    private void check(long status) {
        if (status != 0) {
            throw new OrtFailure(takeMessage(status));
        }
    }

    private static RuntimeException unexpected(Throwable t) {
        if (t instanceof Error error) {
            throw error;
        }
        return t instanceof RuntimeException runtime ? runtime : new IllegalStateException(t);
    }

    /** ONNX Runtime refused a call; the message is its own. */
    static final class OrtFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OrtFailure(String message) {
            super(message);
        }
    }
}
