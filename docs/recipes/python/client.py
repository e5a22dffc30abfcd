"""The one client of an application. Import it where the application notifies."""

import os

from carillon_client import Client, ClientCredentials

carillon = Client(
    os.environ["CARILLON_API"],
    token=ClientCredentials(
        token_url=os.environ["CARILLON_TOKEN_URL"],
        client_id="billing",
        client_secret=os.environ["CARILLON_CLIENT_SECRET"],
        scope="carillon/send",
    ),
)
