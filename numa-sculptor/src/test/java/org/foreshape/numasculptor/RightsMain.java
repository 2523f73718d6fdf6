package org.foreshape.numasculptor;

import java.time.Duration;
import java.util.List;

/** Says what this process may do to another: run by {@link LeastPrivilegeTest} with few rights. */
final class RightsMain {
    private RightsMain() {}

    public static void main(String[] args) {
        int pid = Integer.parseInt(args[0]);
        long start = Long.parseLong(args[1], 16);
        RamRange range = new RamRange(start, start + Long.parseLong(args[2]), 0, true);
        HostReader host = HostReader.ofThisMachine();
        long ticks = ProcessReader.ofThisMachine().startTicks(pid);
        try (SculptTarget target = SculptTarget.open(pid, ticks, List.of(range), null);
                Sculptor sculptor = Sculptor.open(host)) {
            SculptRequest request =
                    SculptRequest.builder(Step.MOVE, Step.COLLAPSE, Step.COMPACT, Step.COLD)
                            .node(0)
                            .compactNodes(0)
                            .build();
            for (Ability ability : sculptor.abilities(target, request)) {
                System.out.println(
                        "CAN " + ability.step() + " " + ability.available() + " " + ability.why());
            }
            for (StepReport step : sculptor.sculpt(target, request, new StopToken()).steps()) {
                System.out.println("DID " + step.step() + " " + step.outcome() + " " + step);
            }
            for (Ability ability : Sculptor.doctor(host)) {
                System.out.println(
                        "DOCTOR "
                                + ability.step()
                                + " "
                                + ability.available()
                                + " "
                                + ability.why());
            }
            try {
                WorkingSet.measure(target, Duration.ofMillis(1), new StopToken());
                System.out.println("CAN WORKING_SET true");
            } catch (SculptException refused) {
                System.out.println("CAN WORKING_SET false " + refused.getMessage());
            }
        }
    }
}
