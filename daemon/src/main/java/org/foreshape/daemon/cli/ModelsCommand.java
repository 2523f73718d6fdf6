package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.config.ConfigReader;
import org.foreshape.daemon.config.Surroundings;
import org.foreshape.daemon.control.ControlClient;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.models.ModelStore;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelRejectedException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code foreshape models}. */
@Command(
        name = "models",
        description =
                "Lists the models that are kept, with what is promoted and how each was judged;"
                        + " promotes one, or goes back to the one before.",
        subcommands = {
            ModelsCommand.Listing.class,
            ModelsCommand.Promotion.class,
            ModelsCommand.Rollback.class
        })
final class ModelsCommand implements Callable<Integer> {
    @Mixin Place place = new Place();

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the list as JSON.")
    @Nullable Path json;

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        return list(place, json, spec);
    }

    private static int list(Place place, @Nullable Path json, CommandSpec spec) {
        JsonNode status = place.status();
        ModelTable table =
                new ModelTable(
                        place.store(),
                        status == null ? "" : status.path("model_sha256").asString(""));
        table.print(spec.commandLine().getOut());
        OutputFile.write(json, table.toJson());
        return ExitStatus.DONE;
    }

    /** Where the models are, and the daemon that may run. */
    static final class Place {
        @Mixin DaemonOptions daemon = new DaemonOptions();

        @Option(
                names = "--directory",
                paramLabel = "DIR",
                description = "Where the models are; else the configuration's (model.directory).")
        @Nullable Path directory;

        ModelStore store() {
            Path given = directory;
            return new ModelStore(given == null ? config().modelDirectory() : given);
        }

        private Config config() {
            return ConfigReader.read(daemon.config, Map.of(), Surroundings.ofThisProcess());
        }

        /** What the daemon says of itself; null when none runs. */
        @Nullable JsonNode status() {
            if (!daemon.isRunning()) {
                return null;
            }
            try (ControlClient client = daemon.connect()) {
                return client.get("/status");
            }
        }

        /**
         * Has the daemon that runs go on with a model; says where there is none.
         *
         * @throws Failure when it cannot
         */
        void putToWork(ModelStore store, String name, PrintWriter out) {
            ForecastModel model;
            try {
                model = store.load(name);
            } catch (ModelRejectedException e) {
                throw Failure.usage(e.getMessage() + " Nothing was promoted.");
            }
            JsonNode status = status();
            if (status == null) {
                out.println("no daemon runs: the next start takes " + name);
            } else {
                swap(status, store, name, model);
                out.println("forecasts with " + name);
            }
            String configured = config().model();
            if (!configured.equals(Config.MODEL_PROMOTED)) {
                out.println(
                        "model.path is "
                                + configured
                                + ", which the next start takes; say promoted there, and it takes"
                                + " this one");
            }
        }

        private void swap(JsonNode status, ModelStore store, String name, ForecastModel model) {
            int stepSeconds = model.manifest().gridStepSeconds();
            int presentSeconds = status.path("model_step_seconds").asInt(stepSeconds);
            if (presentSeconds != stepSeconds) {
                throw Failure.usage(
                        name
                                + " has steps of "
                                + stepSeconds
                                + " s, the daemon that runs works in steps of "
                                + presentSeconds
                                + " s, and only a start can change that: stop it, promote again,"
                                + " and start it. Nothing was promoted.");
            }
            if (model.manifest().modelSha256().equals(status.path("model_sha256").asString(""))) {
                return; // It is at work.
            }
            String file = name.equals(ModelStore.SHIPPED) ? name : store.fileOf(name).toString();
            try (ControlClient client = daemon.connect()) {
                client.post("/model", Json.object().put("model", file));
            }
        }
    }

    /** {@code foreshape models list}. */
    @Command(name = "list", description = "Lists the models that are kept.")
    static final class Listing implements Callable<Integer> {
        @Mixin Place place = new Place();

        @Option(names = "--json", paramLabel = "FILE", description = "Writes the list as JSON.")
        @Nullable Path json;

        @Spec CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() {
            return list(place, json, spec);
        }
    }

    /** {@code foreshape models promote MODEL}. */
    @Command(
            name = "promote",
            description =
                    "Forecasts with a model from now on, in a daemon that runs and at every start.")
    static final class Promotion implements Callable<Integer> {
        @Mixin Place place = new Place();

        @Parameters(
                index = "0",
                paramLabel = "MODEL",
                description =
                        "A model of the list, shipped, or an .onnx file with its manifest beside it,"
                                + " which is copied to the others.")
        String model = "";

        @Spec CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            ModelStore store = place.store();
            store.history(); // Damage shows before anything is changed.
            String name = store.resolve(model);
            place.putToWork(store, name, out);
            store.promote(name);
            out.println(name + " is promoted");
            return ExitStatus.DONE;
        }
    }

    /** {@code foreshape models rollback}. */
    @Command(
            name = "rollback",
            description = "Goes back to the model that was promoted before the present one.")
    static final class Rollback implements Callable<Integer> {
        @Mixin Place place = new Place();

        @Spec CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            ModelStore store = place.store();
            String present = store.promoted();
            String before = store.before();
            place.putToWork(store, before, out);
            store.rollBack(present);
            out.println(before + " is promoted again, " + present + " no more");
            return ExitStatus.DONE;
        }
    }
}
