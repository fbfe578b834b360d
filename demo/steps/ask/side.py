"""The left-hand side of step 4: who answers, what will be asked, and other ways to ask it."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import gradio as gr

from demo import answering
from demo.answers import count_images
from demo.asking import Turn
from demo.choices import task_names
from demo.context import OWN, Context, Updates, action_html, explain, label
from demo.conversation import AskError, pair
from demo.engine_pool import Offer, own_server
from demo.offers import pages_of
from demo.questions import ask_as_it_stands, choose_task, compose, names_of, take_words
from demo.session import Session
from demo.steps.prompt.hearing import quoted
from demo.views import view
from demo.words import say
from toolkit.manifest import Manifest
from toolkit.recipe import Scenario
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from demo.engines import Engine, EngineInfo
    from prompts import Prompt

LANGUAGES: tuple[Language, ...] = ("en", "zh")
SCENARIOS: tuple[str, ...] = get_args(Scenario)
MOST_ROUNDS = 40
MOST_MODELS = 200


class Side:
    """The picker of engines, the summary of the question, and the fold of other ways."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def build(self) -> None:
        """Make the components above the buttons."""
        self.engine = action_html("form", elem_id="vp-engine")

    def build_more(self) -> None:
        """Make the fold below the buttons."""
        with gr.Accordion(
            label("ask.more"), open=False, elem_classes="vp-fold", elem_id="vp-more-ways"
        ) as self.fold:
            self.more = action_html(elem_id="vp-more")
            self.enforce = gr.Checkbox(label=label("ask.enforce"), value=False)

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        return [self.engine, self.fold, self.more, self.enforce]

    def asking(self, session: Session) -> tuple["Prompt | None", Manifest | None, Text | None]:
        """Give what would be asked now, and why it can't be."""
        context = self.context
        try:
            engine = context.engine_of(session)
            able = engine.describe(session.lang).tasks
            prompt, manifest = answering.compose(session, able, session.lang, context.shelf(session))
        except Exception as error:
            return None, None, explain(error)
        return prompt, manifest, _refusal(engine, prompt)

    def pair_of(self, session: Session, act: str, value: str) -> Turn:
        """Make the same question for two engines, or in two orders. Raises AskError or PromptError."""
        prompt, manifest, fault = self.asking(session)
        if prompt is None or manifest is None:
            raise AskError.from_text(fault or say("ask_step.follow_nothing"))
        own = self.context.engine_name(session)
        if act == "engine":
            return self._two_engines(session, prompt, manifest, value)
        other = self._reordered(session, manifest, value)
        second = compose(session.work.question, other, session.lang, self.context.shelf(session))
        title = say("ask_step.side.order_other", order=_order_words(value))
        now = say("ask_step.side.order_now")
        return pair(session.work.question, [(own, now, prompt, manifest), (own, title, second, other)])

    def _two_engines(self, session: Session, prompt: "Prompt", manifest: Manifest, name: str) -> Turn:
        own = self.context.engine_name(session)
        other = self.context.engine_for(session, name)
        if name == own:
            raise AskError("same_engine")
        refusal = other.refusal(prompt)
        if refusal is not None:
            raise AskError.from_text(refusal)
        sides = [
            (key, Text(engine.describe("en").title, engine.describe("zh").title), prompt, manifest)
            for key, engine in ((own, self.context.engine_of(session)), (name, other))
        ]
        return pair(session.work.question, sides)

    def _reordered(self, session: Session, manifest: Manifest, order: str) -> Manifest:
        labels = [image.label for image in manifest.images]
        if len(pages_of(manifest.images)) < 2:
            raise AskError("one_image")
        roles: dict[int, str] = {}
        wanted = labels[::-1]
        if order in SCENARIOS:
            from toolkit.order import plan_order

            places = plan_order(manifest.images, order)
            wanted, roles = [place.label for place in places], {p.label: p.role for p in places}
        if wanted == labels:
            raise AskError("same_order")
        return manifest.reordered(wanted, roles)

    def do(self, session: Session, act: str, name: str, value: str) -> None:
        """Carry out what was clicked in the picker. Raises EngineError or AskError."""
        context, talk = self.context, session.work.talk
        if act == "engine":
            context.engine_for(session, name)
            talk.engine, talk.models, talk.choosing = name, None, False
        elif act == "effects":
            prompt, _, _ = self.asking(session)
            talk.effects = () if prompt is None else effects_of(context.engine_of(session), prompt)
        elif act == "models":
            made: Any = context.engine_of(session)
            talk.models = tuple(made.models())[:MOST_MODELS] if hasattr(made, "models") else None
        elif act == "model" and value in (talk.models or ()):
            talk.engine = f"{talk.engine.partition(':')[0] or context.engines.default}:{value}"
        elif act == "task":
            answerable = context.engine_of(session).describe(session.lang).tasks
            if name in (answerable or ()):
                choose_task(session.work.question, name)
                session.work.question.words = ""
        elif act == "connect" and context.settings.allow_custom_server:
            talk.own = own_server(*_typed(value))
            talk.engine, talk.models, talk.choosing = OWN, None, False
        elif act == "as-asked":
            ask_as_it_stands(session.work.question)
        if act in ("engine", "model", "connect"):
            take_words(session.work.question, session.work.question.words, context.able(session))

    def show(self, session: Session) -> Updates:
        """Draw the side."""
        lang, talk = session.lang, session.work.talk
        prompt, manifest, fault = self.asking(session)
        chosen = talk.engine or self.context.engines.default
        offers = self._offers(session)
        current = next((one for one in offers if one.name == chosen.partition(":")[0]), None)
        talkative = bool(current and current.info and current.info.is_language_model)
        asking = None if prompt is None or manifest is None else self._described(session, prompt, manifest)
        effects, engine = talk.effects, self.context.engine_of(session)
        ways = self._ways(session, prompt, offers, chosen, talkative)
        return {
            self.engine: view(
                "engine",
                lang,
                offers=offers,
                current=current,
                asking=asking,
                refusal="" if fault is None else fault.in_language(lang),
                there=bool(session.work.images),  # without them the other side says so
                way_out=way_out(engine.describe(lang), prompt, lang),
                can_look=bool(current and current.usable and hasattr(engine, "effects")),
                models=talk.models if hasattr(engine, "models") and chosen != OWN else None,
                can_list=hasattr(engine, "models") and chosen != OWN,
                model=chosen.partition(":")[2],
                choosing=talk.choosing,
                unusable="" if talk.unusable is None else talk.unusable.in_language(lang),
                own_server=self.context.settings.allow_custom_server,
                effects=None if effects is None else [text.in_language(lang) for text in effects],
            ),
            self.fold: gr.update(visible=talkative or bool(ways["engines"])),
            self.more: view("more", lang, **ways),
            self.enforce: gr.update(value=talk.enforce, visible=talkative),
        }

    def _offers(self, session: Session) -> list[Offer]:
        """List the engines as this visitor sees them now: the chosen model, their own server."""
        lang, talk = session.lang, session.work.talk
        offers = self.context.engines.offers(lang)
        kind, _, model = talk.engine.partition(":")
        if model:
            info = self.context.engine_of(session).describe(lang)
            offers = [replace(o, title=info.title, info=info) if o.name == kind else o for o in offers]
        if talk.own is not None:
            info = talk.own.describe(lang)
            offers.insert(0, Offer(OWN, info.title, info.summary, info))
        return offers

    def _described(self, session: Session, prompt: "Prompt", manifest: Manifest) -> dict[str, str]:
        lang = session.lang
        return {
            "words": session.work.question.words.strip()[:400],
            "task": task_names(lang).get(prompt.task, prompt.task),
            "format": say(f"messages.format.{prompt.format.name}").in_language(lang),
            "images": count_images(len(manifest.images)).in_language(lang),
            **self._looked_for(session),
        }

    def _looked_for(self, session: Session) -> dict[str, str]:
        """Say which values will be looked for, and that it is less than a free answer where it is."""
        lang, question = session.lang, session.work.question
        names = quoted(names_of(question), lang)
        title = self.context.engine_of(session).describe(lang).title
        instead = say("prompt_step.heard.instead", engine=title, names=names)
        return {
            "names": say("ask_step.values", names=names).in_language(lang) if names else "",
            "instead": instead.in_language(lang) if names and question.instead_of else "",
        }

    def _ways(
        self, session: Session, prompt: "Prompt | None", offers: Any, chosen: str, talkative: bool
    ) -> dict[str, Any]:
        from prompts import plan_steps

        lang = session.lang
        # The last step is no round: it looks at no image, and brings the rounds together.
        rounds = 0 if prompt is None or not talkative else len(plan_steps(prompt)) - 1
        others = [(one.name, one.title) for one in offers if one.usable and one.name != chosen]
        many = prompt is not None and len(pages_of(prompt.images)) > 1
        orders = ("reverse", *SCENARIOS) if many and talkative else ()
        return {
            "rounds": rounds if 1 < rounds <= MOST_ROUNDS else 0,
            "engines": others,
            "orders": [(name, _order_words(name).in_language(lang)) for name in orders],
        }


def _refusal(engine: "Engine", prompt: "Prompt") -> Text | None:
    """Say why an engine won't answer; a task it can't do is named by its title, and a click mends it."""
    out = {lang: way_out(engine.describe(lang), prompt, lang) for lang in LANGUAGES}
    if out["en"] is not None and out["zh"] is not None:
        return Text(out["en"]["words"], out["zh"]["words"])
    return engine.refusal(prompt)


def way_out(info: "EngineInfo", prompt: "Prompt | None", lang: Language) -> dict[str, Any] | None:
    """Name what an engine can do in place of a task that it can't; None where the task is no trouble."""
    if prompt is None or info.tasks is None or prompt.task in info.tasks:
        return None
    names = task_names(lang)
    words = say("ask_step.way_out", engine=info.title, task=names.get(prompt.task, prompt.task))
    tasks = [(name, names[name]) for name in info.tasks if name in names]
    return {"words": words.in_language(lang), "tasks": tasks}


def _order_words(order: str) -> Text:
    return say(f"page.order.scenario_{order}") if order in SCENARIOS else say("ask_step.more.order_reverse")


def effects_of(engine: Any, prompt: "Prompt") -> tuple[Text, ...]:
    """Ask an engine what will happen to the images on their way; empty where it has nothing to say."""
    found = engine.effects(prompt) if hasattr(engine, "effects") else ()
    return tuple(one for one in found or () if isinstance(one, Text))


def _typed(value: str) -> tuple[str, str, str]:
    """Read address, model and key of a form, as JSON. Hostile input."""
    try:
        given = json.loads(value)
    except ValueError:
        given = {}
    given = given if isinstance(given, dict) else {}
    address, model, key = (str(given.get(name, ""))[:1000].strip() for name in ("address", "model", "key"))
    return address, model, key
