package org.foreshape.bench;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The arrows between the rooms, as docs/ARCHITECTURE.md draws them. */
class ArchitectureTest {
    private static final String BASE = "org.foreshape.";

    /** Room -> the rooms it may use. A room that is not named here fails the test. */
    private static final Map<String, Set<String>> ARROWS =
            Map.of(
                    "nativebindings", Set.of(),
                    "ring", Set.of(),
                    "lab", Set.of(),
                    "hypervisor", Set.of("ring", "nativebindings"),
                    "prefault", Set.of("ring", "nativebindings"),
                    "numasculptor", Set.of("ring", "nativebindings"),
                    "shaping", Set.of("ring"),
                    "journal", Set.of("ring", "nativebindings"),
                    "inference", Set.of("ring", "journal"),
                    "daemon",
                            Set.of(
                                    "ring",
                                    "nativebindings",
                                    "hypervisor",
                                    "prefault",
                                    "numasculptor",
                                    "shaping",
                                    "journal",
                                    "inference"));

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("org.foreshape");

    private static String roomOf(String packageName) {
        String below = packageName.substring(BASE.length());
        int dot = below.indexOf('.');
        return dot < 0 ? below : below.substring(0, dot);
    }

    @Test
    void shouldKnowEveryRoom() {
        Set<String> rooms = new TreeSet<>();
        CLASSES.forEach(c -> rooms.add(roomOf(c.getPackageName())));
        rooms.remove("bench");
        assertThat(rooms).isEqualTo(new TreeSet<>(ARROWS.keySet()));
    }

    @TestFactory
    Stream<DynamicTest> shouldUseOnlyTheRoomsItsArrowsPointTo() {
        return ARROWS.entrySet().stream()
                .map(arrow ->
                        DynamicTest.dynamicTest(
                                arrow.getKey(), () -> check(arrow.getKey(), arrow.getValue())));
    }

    private static void check(String room, Set<String> allowed) {
        String[] forbidden =
                Stream.concat(ARROWS.keySet().stream(), Stream.of("bench"))
                        .filter(other -> !other.equals(room) && !allowed.contains(other))
                        .map(other -> BASE + other + "..")
                        .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(BASE + room + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden)
                .check(CLASSES);
    }

    @Test
    void shouldLetOnlyTheTrainerReadTheJournalFromInference() {
        noClasses()
                .that()
                .resideInAPackage(BASE + "inference..")
                .and()
                .resideOutsideOfPackage(BASE + "inference.trainer..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(BASE + "journal..")
                .check(CLASSES);
    }

    @Test
    void shouldLetOnlyTheExportSeeDuckDbAndNothingOfTheJournalSeeTheExport() {
        noClasses()
                .that()
                .resideInAPackage("org.foreshape..")
                .and()
                .resideOutsideOfPackage(BASE + "journal.export..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.duckdb..", "java.sql..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage(BASE + "journal..")
                .and()
                .resideOutsideOfPackage(BASE + "journal.export..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(BASE + "journal.export..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage(BASE + "journal.export..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("net.openhft..")
                .check(CLASSES);
    }

    @Test
    void shouldShowForeignMemoryOnlyToTheRoomsThatNeedIt() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        BASE + "nativebindings..",
                        BASE + "hypervisor..",
                        BASE + "prefault..",
                        BASE + "numasculptor..",
                        BASE + "inference..",
                        BASE + "bench..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .check(CLASSES);
    }

    @Test
    void shouldKeepEachLibraryInItsOwnRoom() {
        Map<String, String> owners =
                Map.of(
                        "com.lmax..", "ring",
                        "net.openhft..", "journal",
                        "ai.onnxruntime..", "inference",
                        "ai.djl..", "inference",
                        "org.ojalgo..", "numasculptor",
                        "org.eclipse.jetty..", "daemon",
                        "picocli..", "daemon");
        owners.forEach((library, owner) ->
                noClasses()
                        .that()
                        .resideInAPackage("org.foreshape..")
                        .and()
                        .resideOutsideOfPackages(
                                BASE + owner + "..", BASE + "bench..", BASE + "inference.trainer..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(library)
                        .check(CLASSES));
    }

    @Test
    void shouldKeepPolicyPure() {
        noClasses()
                .that()
                .resideInAPackage(BASE + "shaping..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.io..",
                        "java.nio.file..",
                        "java.net..",
                        "java.time..",
                        "java.lang.foreign..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, Process.class, ProcessBuilder.class)
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .check(CLASSES);
        classes()
                .that()
                .resideInAPackage(BASE + "shaping..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        BASE + "shaping..",
                        BASE + "ring.event..",
                        BASE + "ring.stage..",
                        "java..",
                        "org.jspecify..")
                .check(CLASSES);
    }
}
