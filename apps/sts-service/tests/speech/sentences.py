"""What is read to the recogniser: news as announcers read it. Nothing was tuned on the second list."""

NEWS = (
    "good evening and welcome to the six o'clock news",
    "the president will meet european leaders in paris on monday to discuss trade and security",
    "heavy rain is expected across the north of england tonight with some flooding in low areas",
    "the central bank has raised interest rates by a quarter of a percentage point",
    "police say three people were injured after a fire in an apartment building early this morning",
    "scientists have discovered a new species of fish in the deep waters of the pacific ocean",
    "the company announced that profits rose twelve percent in the last three months of the year",
    "the players are coming out onto the field and the crowd is getting very loud",
    "what a fantastic goal from thirty yards the goalkeeper had no chance",
    "that is a corner for the home team with just five minutes left to play",
    "the referee shows him a yellow card and he is not happy about it",
    "she wins the race in a new world record time and the crowd is on its feet",
    "we go now to our reporter who is live outside the court building in washington",
    "the final score tonight is two goals to one and the visitors are through to the semi final",
)
"""Those that the recogniser's settings were chosen with."""

UNSEEN = (
    "the minister of health said that hospitals will receive more money next year",
    "a new bridge over the river was opened this morning after five years of work",
    "farmers are worried because there has been no rain since the beginning of march",
    "the museum is showing two hundred paintings by young artists from italy and spain",
    "engineers have finished the longest railway tunnel in the country",
    "the two teams meet again on saturday in front of sixty thousand people",
    "many students cannot find a cheap room close to their university",
    "the judge will give her decision before the end of the week",
    "the airport was closed for three hours because of heavy snow",
    "prices for bread and milk have gone up again this month",
)

MORE_UNSEEN = (
    "the library will stay open until ten o'clock every evening this winter",
    "two climbers were rescued from the mountain after a night in the snow",
    "the government wants to build forty thousand new houses in the next three years",
    "a small plane landed safely on a country road yesterday afternoon",
    "doctors are asking people to drink more water during the hot summer days",
    "the last train to the coast leaves at half past eleven",
    "she has written seven books about the history of her family",
    "the price of oil fell again today for the third time this week",
)
"""Nor on these, which make a reading of two minutes of them all."""
