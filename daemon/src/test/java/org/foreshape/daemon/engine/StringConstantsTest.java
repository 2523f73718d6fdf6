package org.foreshape.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import java.lang.management.ManagementFactory;
import java.lang.reflect.AccessFlag;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StringConstantsTest {
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void shouldLeaveNothingToAllocateWhenAConstantIsFirstUsed() throws Exception {
        assertThat(Ahead.number() + Cold.number()).as("both are loaded").isEqualTo(3);
        Set<String> constants = StringConstants.of(List.of(fileOf(Ahead.class)));

        assertThat(allocatedByCold()).isPositive();
        assertThat(allocatedByAhead()).isZero();
        assertThat(constants).contains(Ahead.text());
    }

    private long allocatedByCold() {
        long before = threads.getCurrentThreadAllocatedBytes();
        String used = Cold.text();
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(used).startsWith("never");
        return bytes;
    }

    private long allocatedByAhead() {
        long before = threads.getCurrentThreadAllocatedBytes();
        String used = Ahead.text();
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(used).startsWith("made");
        return bytes;
    }

    @Test
    void shouldKnowTheMessagesThatTheJvmAddsToAnAbstractClass() throws Exception {
        Set<String> constants =
                StringConstants.of(List.of(fileOf(Partial.class), fileOf(Whole.class)));

        // javac would refuse this class: its open() calls the one above it, which has no body.
        Whole broken = (Whole) subclass(Partial.class).getDeclaredConstructor().newInstance();
        assertThatThrownBy(broken::open)
                .isInstanceOf(AbstractMethodError.class)
                .satisfies(error -> assertThat(constants).contains(error.getMessage()));
        assertThat(constants)
                .filteredOn(text -> text.endsWith("is abstract"))
                .as("nothing for what has a body")
                .hasSize(1);
    }

    @Test
    void shouldFindTheConstantsOfTheJdkThatRuns() throws IOException {
        // The rest of the modules is not there on a class path.
        assertThat(StringConstants.ofEngine())
                .hasSizeGreaterThan(1000)
                .as("java.lang.Integer has this one")
                .contains("Cannot parse null string")
                .allSatisfy(text -> assertThat(text).isSameAs(text.intern()));
    }

    private static byte[] fileOf(Class<?> type) throws IOException {
        String file = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
        try (InputStream in = Objects.requireNonNull(type.getResourceAsStream(file))) {
            return in.readAllBytes();
        }
    }

    private static Class<?> subclass(Class<?> above) throws IllegalAccessException {
        ClassDesc aboveDesc = above.describeConstable().orElseThrow();
        ClassDesc own = ClassDesc.of(StringConstantsTest.class.getPackageName(), "Broken");
        byte[] file =
                ClassFile.of()
                        .build(
                                own,
                                builder ->
                                        builder.withFlags(AccessFlag.SUPER)
                                                .withSuperclass(aboveDesc)
                                                .withMethodBody(
                                                        ConstantDescs.INIT_NAME,
                                                        ConstantDescs.MTD_void,
                                                        ClassFile.ACC_PUBLIC,
                                                        code ->
                                                                callAbove(
                                                                        code,
                                                                        aboveDesc,
                                                                        ConstantDescs.INIT_NAME))
                                                .withMethodBody(
                                                        "open",
                                                        ConstantDescs.MTD_void,
                                                        ClassFile.ACC_PUBLIC,
                                                        code ->
                                                                callAbove(
                                                                        code, aboveDesc, "open")));
        return MethodHandles.lookup().defineClass(file);
    }

    private static void callAbove(CodeBuilder code, ClassDesc above, String method) {
        code.aload(0).invokespecial(above, method, ConstantDescs.MTD_void).return_();
    }

    /** A class whose constant is made ahead. */
    static final class Ahead {
        static int number() {
            return 1;
        }

        static String text() {
            return "made before anyone used it, by whoever wanted no garbage later";
        }
    }

    /** Its twin, of which nothing was made. */
    static final class Cold {
        static int number() {
            return 2;
        }

        static String text() {
            return "never made before it was used, so that the first use makes it";
        }
    }

    /** One method with a body, one without. */
    interface Whole {
        void open();

        default void close() {}
    }

    /** Leaves open() without a body. */
    abstract static class Partial implements Whole {}
}
