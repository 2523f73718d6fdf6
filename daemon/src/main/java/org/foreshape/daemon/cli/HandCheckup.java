package org.foreshape.daemon.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.foreshape.daemon.cli.Checkup.Finding;
import org.foreshape.daemon.cli.Checkup.Grade;
import org.foreshape.numasculptor.Ability;
import org.foreshape.numasculptor.HostReader;
import org.foreshape.numasculptor.SculptException;
import org.foreshape.numasculptor.Sculptor;
import org.foreshape.prefault.PathSupport;
import org.foreshape.prefault.pages.PageServer;

/**
 * What the two hands can do on this host: a finding for each way of making memory resident, for
 * each step of bringing it together, and for the page server. A lacking one is a note: grants do
 * without.
 */
final class HandCheckup {
    private HandCheckup() {}

    static List<Finding> run() {
        List<Finding> findings = new ArrayList<>();
        for (PathSupport path : PathSupport.ofThisHost()) {
            findings.add(finding("prefault", path.path(), path.isAvailable(), path.reason()));
        }
        try {
            for (Ability ability : Sculptor.doctor(HostReader.ofThisMachine())) {
                findings.add(finding("sculpt", ability.step(), ability.available(), ability.why()));
            }
        } catch (SculptException e) {
            findings.add(new Finding("sculpt", Grade.NOTE, "unavailable: " + e.getMessage()));
        }
        Optional<String> lack = PageServer.whyUnavailable();
        findings.add(
                new Finding(
                        "page server",
                        lack.isEmpty() ? Grade.OK : Grade.NOTE,
                        lack.map(why -> "unavailable: " + why).orElse("available")));
        return findings;
    }

    private static Finding finding(String hand, Enum<?> what, boolean available, String why) {
        String name = what.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        String word = available ? "available" : "unavailable";
        return new Finding(
                hand + " " + name,
                available ? Grade.OK : Grade.NOTE,
                why.isEmpty() ? word : word + ": " + why);
    }
}
